#!/usr/bin/env python3
"""Writes tests/golden/web/: hand-made pages of several kinds, and what trafilatura makes of them.

    tools/make_web_golden.py [--seed 42] [--out tests/golden/web]

Every sentence of a page's main text carries a word "mainN", every one around it a word "boilN", so
that the share of each that an extractor keeps can be counted. pages.json holds for each page these
counts for the page and for trafilatura (without comments, with tables).
"""

import argparse
import json
import pathlib
import random
import re

import trafilatura

SUBJECTS = ["The harbour master", "A young baker", "Our committee", "The old printer", "Nobody"]
VERBS = ["described", "has long defended", "quietly repaired", "measured", "could not explain"]
OBJECTS = [
    "the tide tables of the northern coast, which few people read any longer",
    "a way of keeping bread fresh for a whole week without any salt",
    "the bridge over the canal, although the money for it had been spent",
    "three maps of the valley that were drawn before the dam was built",
]


class Page:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.count = {"main": 0, "boil": 0}

    def mark(self, kind):
        self.count[kind] += 1
        return f"{kind}{self.count[kind]}"

    def sentence(self):
        pick = self.random.choice
        return f"{pick(SUBJECTS)} {pick(VERBS)} {self.mark('main')} {pick(OBJECTS)}."

    def paragraph(self, sentences=4):
        return "<p>" + " ".join(self.sentence() for _ in range(sentences)) + "</p>"

    def link(self, text):
        return f'<a href="/x">{text} {self.mark("boil")}</a>'

    def links(self, number, name="Read more about it"):
        return "<ul>" + "".join(f"<li>{self.link(name)}</li>" for _ in range(number)) + "</ul>"


def news(p):
    return f"""<!DOCTYPE html><html><head><title>News</title><meta charset="utf-8">
<style>p {{color: red}}</style></head><body>
<header><div class="logo">{p.link("Daily")}</div></header><nav>{p.links(8, "Section")}</nav>
<main><article><header><h1>Headline {p.mark("main")}</h1></header>
{p.paragraph()}<figure><img src="x.png"><figcaption>A photograph of the harbour at dawn.</figcaption></figure>
{p.paragraph()}<h2>Second part {p.mark("main")}</h2>{p.paragraph()}{p.paragraph(1)}{p.paragraph()}
<div class="related-posts"><h3>Related {p.mark("boil")}</h3>{p.links(5)}</div></article></main>
<aside class="sidebar"><p>Subscribe to our newsletter {p.mark("boil")} and never miss a story again, we promise.</p></aside>
<section id="comments"><p>I totally agree with every word {p.mark("boil")} that the author has written here, thank you so much!</p></section>
<footer><p>Copyright {p.mark("boil")} The Daily. All rights reserved.</p></footer><script>var boil999 = 1;</script></body></html>"""


def blog(p):
    """No semantic elements at all."""
    return f"""<html><head><title>Blog</title></head><body><div id="wrap">
<div id="top">{p.link("Home")} | {p.link("About")} | {p.link("Archive")}</div>
<div class="post"><h1>A walk {p.mark("main")}</h1><div class="meta">by Ann</div>
{p.paragraph(3)}{p.paragraph(5)}<blockquote>{p.paragraph(2)}</blockquote>{p.paragraph(3)}
<ul><li>{p.sentence()}</li><li>{p.sentence()}</li><li>{p.sentence()}</li></ul>{p.paragraph(2)}</div>
<div class="right">{p.links(10, "Older post")}</div>
<div id="foot">Powered by {p.link("Engine")} {p.link("Theme")}</div></div></body></html>"""


def layout_tables(p):
    """As pages were made before 2005."""
    return f"""<html><head><title>Old</title></head><body bgcolor=white><table width=100%><tr>
<td valign=top>{"<br>".join(p.link("Menu") for _ in range(9))}</td>
<td><h2>Chapter {p.mark("main")}</h2>{p.paragraph(4)}{p.paragraph(4)}<p>{p.sentence()}<br>{p.sentence()}</p>{p.paragraph(4)}</td>
<td>{"<br>".join(p.link("Partner") for _ in range(6))}</td></tr></table>
<center><font size=1>{p.link("Contact")} - {p.link("Imprint")}</font></center></body></html>"""


def documentation(p):
    return f"""<html><head><title>Doc</title></head><body class="has-sidebar"><div class="page-with-sidebar">
<div class="sidebar">{p.links(12, "Chapter")}</div><div class="content" role="main"><h1>Install {p.mark("main")}</h1>
{p.paragraph(2)}<pre><code>$ make install {p.mark("main")}</code></pre>{p.paragraph(1)}
<table><tr><th>option</th><th>meaning</th></tr><tr><td>-a</td><td>all of it {p.mark("main")}</td></tr></table>
<h2>Notes {p.mark("main")}</h2><ol><li>{p.sentence()}</li><li>{p.sentence()}</li></ol></div></div>
<div class="footer">{p.link("Edit this page")}</div></body></html>"""


def broken(p):
    """Unclosed elements, stray ones, a comment, an attribute without quotes."""
    return f"""<title>Broken</title><body><div class=nav>{p.link("Home")}<li>{p.link("News")}</div>
<h1>Title {p.mark("main")}<p>{p.sentence()} {p.sentence()} {p.sentence()}<p>{p.sentence()} {p.sentence()}</b></i>
<!-- <p>boil998 in a comment --><p><em>{p.sentence()} {p.sentence()}<div>{p.sentence()} {p.sentence()} {p.sentence()}
<div class="share-buttons">{p.link("Share")}{p.link("Send")}</div></table></td>"""


def cookie_wall(p):
    notice = "We and our partners store {} cookies on your device to show you advertisements."
    return f"""<html><head><title>Shop</title></head><body>
<div id="cookie-banner"><p>{notice.format(p.mark("boil"))} {notice.format(p.mark("boil"))}</p><button>Accept</button></div>
<div class="menu-open container"><div class="breadcrumbs">{p.link("Home")} &gt; {p.link("Shop")}</div>
<div class="text"><h1>Ladder {p.mark("main")}</h1>{p.paragraph(3)}{p.paragraph(3)}{p.paragraph(3)}</div>
<div style="display:none"><p>Hidden text {p.mark("boil")} for machines only, which nobody will ever see on the page.</p></div>
<div class="newsletter"><p>Leave us your address {p.mark("boil")} and get ten percent off your next order with us.</p></div></div></body></html>"""


PAGES = [news, blog, layout_tables, documentation, broken, cookie_wall]


def counts(text):
    return {kind: len(set(re.findall(rf"{kind}\d+", text))) for kind in ("main", "boil")}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--out", default="tests/golden/web")
    options = parser.parse_args()
    out = pathlib.Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    entries = []
    for i, make in enumerate(PAGES):
        page = Page(options.seed + i)
        html = make(page)
        (out / f"{make.__name__}.html").write_text(html)
        text = trafilatura.extract(html, include_comments=False, include_tables=True) or ""
        entries.append({"page": make.__name__, "page_has": page.count, "trafilatura": counts(text)})
    (out / "pages.json").write_text(json.dumps(entries, indent=1) + "\n")
    for entry in entries:
        print(entry)


if __name__ == "__main__":
    main()
