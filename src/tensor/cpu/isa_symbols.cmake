# cmake -DNM=nm -DNAMESPACE=avx2 "-DOBJECTS=a.o;b.o" -P isa_symbols.cmake
#
# Fails when the objects of one instruction set define anything outside lucie::cpu::NAMESPACE, or a
# weak symbol, or need a C++ symbol from elsewhere: the linker keeps one copy of such a function,
# perhaps the one with wide instructions, and uses it everywhere.
set(seen 0)
foreach(object IN LISTS OBJECTS)
  execute_process(COMMAND ${NM} -C --format=posix ${object}
                  OUTPUT_VARIABLE symbols RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "${NM} cannot read ${object}")
  endif()
  string(REPLACE ";" "," symbols "${symbols}")
  string(REPLACE "\n" ";" lines "${symbols}")
  foreach(line IN LISTS lines)
    if(line MATCHES " [WwVvu]( |$)")
      message(SEND_ERROR "weak symbol in ${object}: ${line}")
    elseif(line MATCHES " [A-TX-Z]( |$)")
      if(line MATCHES "^lucie::cpu::${NAMESPACE}::")
        math(EXPR seen "${seen} + 1")
      else()
        message(SEND_ERROR "symbol of all in ${object}: ${line}")
      endif()
    elseif(line MATCHES "::" AND line MATCHES " U( |$)" AND
           NOT line MATCHES "^lucie::cpu::${NAMESPACE}::")
      message(SEND_ERROR "C++ symbol from elsewhere in ${object}: ${line}")
    endif()
  endforeach()
endforeach()
if(seen EQUAL 0)
  message(SEND_ERROR "no symbol of lucie::cpu::${NAMESPACE} seen in: ${OBJECTS}")
endif()
