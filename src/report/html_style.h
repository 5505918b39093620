// Inside report/ only: the style sheet of our pages and charts.
#pragma once

#include <string_view>

namespace lucie {

// The series colours keep a contrast of 3:1 on both backgrounds and differ for the colour-blind
// (after Okabe and Ito, "Color Universal Design", 2008).
inline constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--bg:#fdfdfc;--fg:#1d2126;--soft:#5b6570;--rule:#dfe3e6;--tile:#f3f5f4;
--accent:#0a6a8a;--warn:#fff4dc;--warn-rule:#d99a1c;--s0:#0072b2;--s1:#d55e00;--s2:#009e73;
--s3:#b3589a;--s4:#b98800;--s5:#3a9bd0;--s6:#7a5bc4;--s7:#7d8790;--in-bar:#fff}
@media (prefers-color-scheme:dark){:root{--bg:#14171a;--fg:#e4e7ea;--soft:#9aa5b0;--rule:#2d343a;
--tile:#1d2226;--accent:#6cc3e0;--warn:#2b2414;--warn-rule:#b9872b;--s0:#4ea3dd;--s1:#f08a4b;
--s2:#3fc49b;--s3:#d98ac2;--s4:#e0b73c;--s5:#86c9ef;--s6:#a893e6;--s7:#9aa5b0;--in-bar:#101316}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.6 system-ui,-apple-system,"Segoe UI",
"Noto Sans",Roboto,"DejaVu Sans",sans-serif}
main{max-width:52rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
h1{font-size:2rem;line-height:1.2;margin:0 0 .3rem;letter-spacing:-.01em}
.subtitle{color:var(--soft);font-size:1.1rem;margin:0 0 1.2rem}
h2{font-size:1.35rem;margin:2.8rem 0 .7rem;padding-top:.9rem;border-top:1px solid var(--rule)}
h3{font-size:1.05rem;margin:1.6rem 0 .5rem}
p{margin:.6rem 0}
a{color:var(--accent)}
nav{font-size:.92rem;margin:1rem 0 0;line-height:1.9}
nav a{margin-right:1.1rem;text-decoration:none;white-space:nowrap}
nav a:hover{text-decoration:underline}
.note{background:var(--warn);border-left:4px solid var(--warn-rule);padding:.6rem .9rem;
border-radius:0 6px 6px 0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(7.4rem,1fr));gap:.7rem;margin:1.2rem 0}
.tile{background:var(--tile);border-radius:8px;padding:.75rem .8rem}
.tile b{display:block;font-size:1.2rem;line-height:1.3;font-weight:650;letter-spacing:-.02em}
.tile span{color:var(--soft);font-size:.85rem;line-height:1.4;display:block}
.tile.good{box-shadow:inset 4px 0 var(--s2)}
.tile.bad{box-shadow:inset 4px 0 var(--s1)}
.scroll{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;width:100%;font-size:.92rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);font-size:.88rem;padding-bottom:.35rem}
th,td{padding:.34rem .7rem .34rem 0;text-align:left;vertical-align:top;
border-bottom:1px solid var(--rule)}
th{font-weight:600;color:var(--soft);border-bottom:2px solid var(--rule)}
th.n,td.n{text-align:right;white-space:nowrap;padding-left:.7rem}
td.t{white-space:pre-wrap}
td.w,td.t{overflow-wrap:anywhere;min-width:9rem}
figure{margin:1.4rem 0;overflow-x:auto}
figcaption{color:var(--soft);font-size:.88rem;margin-top:.3rem}
pre{background:var(--tile);padding:.8rem 1rem;border-radius:8px;overflow-x:auto;font-size:.85rem;
line-height:1.5}
details{margin:.5rem 0}
summary{cursor:pointer;font-weight:600}
ul{padding-left:1.3rem}
.links{list-style:none;padding:0}
li,p{overflow-wrap:anywhere}
footer{margin-top:3rem;color:var(--soft);font-size:.85rem}
.chart{display:block;width:100%;min-width:34rem;height:auto;font:12px system-ui,-apple-system,"Segoe UI","Noto Sans",
Roboto,"DejaVu Sans",sans-serif}
.chart text{fill:var(--soft)}
.chart .chart-title{font-size:14px;font-weight:600;fill:var(--fg)}
.chart .in-bar{fill:var(--in-bar);font-size:11px}
.chart .grid{stroke:var(--rule);stroke-width:1}
.chart .axis{stroke:var(--soft);stroke-width:1}
.chart .line{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.chart .key{stroke:var(--c);stroke-width:4}
.chart .dashed{stroke-dasharray:5 4;stroke-width:2}
.chart .faint{opacity:.35;stroke-width:1}
.chart .bar,.chart .dot{fill:var(--c)}
.chart .slice{fill:var(--c);stroke:var(--bg);stroke-width:1.5}
.chart .middle{font-size:19px;font-weight:650;fill:var(--fg)}
.chart .name{fill:var(--fg)}
.chart .bar:hover,.chart .slice:hover{opacity:.8}
.chart .spot{fill:var(--c);opacity:0}
.chart .spot:hover{opacity:.5}
.c0{--c:var(--s0)}.c1{--c:var(--s1)}.c2{--c:var(--s2)}.c3{--c:var(--s3)}
.c4{--c:var(--s4)}.c5{--c:var(--s5)}.c6{--c:var(--s6)}.c7{--c:var(--s7)}
@media print{main{max-width:none}nav{display:none}h2{break-after:avoid}figure{break-inside:avoid}}
)css";

}  // namespace lucie
