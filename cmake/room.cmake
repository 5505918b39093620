# lucie_room(NAME SOURCES ... [DEPENDS room ...] [LIBRARIES target ...] [TESTS ...])
# One static library lucie_NAME per room, and one test program NAME_test of its *_test.cpp files.
# DEPENDS names rooms on lower floors; LIBRARIES are private to the room.
function(lucie_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;DEPENDS;LIBRARIES;TESTS" ${ARGN})
  add_library(lucie_${name} STATIC ${ROOM_SOURCES})
  target_include_directories(lucie_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  list(TRANSFORM ROOM_DEPENDS PREPEND lucie_)
  target_link_libraries(lucie_${name} PUBLIC ${ROOM_DEPENDS} PRIVATE ${ROOM_LIBRARIES})
  if(LUCIE_TESTS AND ROOM_TESTS)
    add_executable(${name}_test ${ROOM_TESTS})
    target_link_libraries(${name}_test PRIVATE lucie_${name} ${ROOM_LIBRARIES} GTest::gtest_main)
    target_compile_definitions(${name}_test PRIVATE
      LUCIE_SOURCE_DIR="${PROJECT_SOURCE_DIR}" LUCIE_SHARED_DIR="$ENV{LUCIE_SHARED_DIR}")
    target_compile_options(${name}_test PRIVATE -O0)  # compiles in half the time
    gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60)
  endif()
endfunction()
