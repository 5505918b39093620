#!/usr/bin/env python3
"""Checks that `lucie pull` and `lucie push` and Hugging Face's Python client are at home in the same
places: one cache, one note of what lies in a folder, the same requests for an upload.

A hub of its own on a loopback port counts what is loaded. Run by hand:

    tools/check_hub_cache.py --lucie build/bin/lucie
"""
import argparse
import hashlib
import http.server
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import urllib.parse
from pathlib import Path

REPO = "org/tiny"


def git_hash(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


class Hub:
    """A repository at its own port, its large files at a second one; and uploads, which it keeps."""

    def __init__(self, files, large):
        self.files, self.large = files, large
        self.loaded, self.posts, self.objects = [], [], {}
        self.token_at_cdn = False
        self.hub = self.serve(self.answer)
        self.cdn = self.serve(self.answer_cdn)

    @staticmethod
    def serve(answer):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                length = int(self.headers.get("Content-Length") or 0)
                status, headers, body = answer(self, self.rfile.read(length))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in headers:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_HEAD = do_POST = do_PUT = handle_any

            def log_message(self, *arguments):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    @staticmethod
    def url(server):
        return f"http://127.0.0.1:{server.server_address[1]}"

    def etag(self, name):
        data = self.files[name]
        return hashlib.sha256(data).hexdigest() if name in self.large else git_hash(data)

    def commit(self):
        return hashlib.sha1("".join(map(self.etag, sorted(self.files))).encode()).hexdigest()

    def body(self, request, data, what):
        self.loaded.append(what)
        wanted = request.headers.get("Range")
        if not wanted:
            return 200, {"Accept-Ranges": "bytes"}, data
        start = int(wanted.removeprefix("bytes=").split("-")[0])
        return 206, {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"}, data[start:]

    def answer_cdn(self, request, body):
        self.token_at_cdn |= "Authorization" in request.headers
        oid = request.path.split("/")[-1]
        if request.command == "PUT":
            self.objects[oid] = body
            return 200, {"ETag": '"x"'}, b""
        name = next(name for name in self.large if self.etag(name) == oid)
        return self.body(request, self.files[name], name)

    def answer(self, request, body):
        path = urllib.parse.unquote(urllib.parse.urlsplit(request.path).path)
        if request.command == "POST":
            return self.answer_post(path, body)
        if path.startswith(f"/api/models/{REPO}/revision/") or path == f"/api/models/{REPO}":
            siblings = [{"rfilename": name} for name in sorted(self.files)]
            return self.json({"id": REPO, "sha": self.commit(), "siblings": siblings, "private": False,
                              "tags": [], "downloads": 0, "likes": 0, "modelId": REPO, "_id": "0"})
        if path.startswith(f"/api/models/{REPO}/tree/"):
            return self.json([self.tree_entry(name) for name in sorted(self.files)])
        prefix = f"/{REPO}/resolve/"
        if not path.startswith(prefix):
            return 404, {"X-Error-Code": "RepoNotFound"}, b""
        name = path[len(prefix):].split("/", 1)[1]
        if name not in self.files:
            return 404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": self.commit()}, b""
        return self.answer_file(request, name)

    def answer_file(self, request, name):
        headers = {"X-Repo-Commit": self.commit(), "ETag": f'"{self.etag(name)}"'}
        data = self.files[name]
        if name in self.large:
            headers |= {"ETag": '"redirect"', "X-Linked-Etag": f'"{self.etag(name)}"',
                        "X-Linked-Size": str(len(data)),
                        "Location": f"{self.url(self.cdn)}/lfs/{self.etag(name)}"}
            return 302, headers, b""
        if request.command == "HEAD":
            return 200, headers | {"Content-Length": str(len(data))}, b""
        status, more, part = self.body(request, data, name)
        return status, headers | more, part

    def tree_entry(self, name):
        data = self.files[name]
        entry = {"type": "file", "path": name, "size": len(data), "oid": git_hash(data)}
        if name in self.large:
            entry["lfs"] = {"oid": self.etag(name), "size": len(data), "pointerSize": 130}
        return entry

    def answer_post(self, path, body):
        lines = [json.loads(line) for line in body.decode().splitlines()]
        self.posts.append((path, lines))
        if "/preupload/" in path:
            return self.json({"files": [
                {"path": file["path"], "shouldIgnore": False,
                 "uploadMode": "lfs" if file["size"] > 1000 else "regular"}
                for file in lines[0]["files"]]})
        if path.endswith("/objects/batch"):
            return self.json({"transfer": "basic", "objects": [
                thing | {"actions": {"upload": {"href": f"{self.url(self.cdn)}/lfs/{thing['oid']}"}}}
                for thing in lines[0]["objects"]]})
        if "/commit/" in path:
            return self.json({"commitUrl": f"{self.url(self.hub)}/{REPO}/commit/{'a' * 40}",
                              "commitOid": "a" * 40, "success": True})
        return self.json({"url": f"{self.url(self.hub)}/{REPO}"})

    @staticmethod
    def json(value):
        return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()

    def names_to_load(self):
        """All but the empty ones, for which nobody asks."""
        return sorted(name for name, data in self.files.items() if data)

    def take_loaded(self):
        loaded, self.loaded = sorted(self.loaded), []
        return loaded


class Check:
    def __init__(self, lucie, folder, hub):
        self.lucie, self.folder, self.hub = lucie, Path(folder), hub
        self.failed = 0

    def say(self, claim, right, seen=""):
        print(("ok    " if right else "FAIL  ") + claim + ("" if right else f": {seen}"))
        self.failed += not right

    def run(self, program, home):
        environment = os.environ | {
            "HF_ENDPOINT": self.hub.url(self.hub.hub), "HF_HOME": str(self.folder / home),
            "HF_TOKEN": "hf_check", "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1", "no_proxy": "127.0.0.1"}
        for name in ("HF_HUB_CACHE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
            environment.pop(name, None)
        return subprocess.Popen(program, env=environment, stdout=subprocess.PIPE, text=True)

    def start_lucie(self, home, *arguments):
        return self.run([self.lucie, *arguments, "--quiet"], home)

    def start_python(self, home, call):
        return self.run([sys.executable, "-c", f"from huggingface_hub import *; print({call})"], home)

    def pulled_by_lucie(self, home, *arguments):
        return self.start_lucie(home, "pull", REPO, *arguments)

    def pulled_by_python(self, home, arguments=""):
        return self.start_python(home, f"snapshot_download('{REPO}'{arguments})")

    @staticmethod
    def end(process):
        out = process.communicate()[0].strip()
        return out.splitlines()[-1] if process.returncode == 0 and out else f"exit {process.returncode}"

    def same_bytes(self, claim, folder):
        wrong = [name for name, data in self.hub.files.items()
                 if not (Path(folder) / name).is_file() or (Path(folder) / name).read_bytes() != data]
        self.say(claim + ": all files have their bytes", not wrong, wrong)


def check_one_cache(check):
    everything = check.hub.names_to_load()
    clients = {"lucie": check.pulled_by_lucie, "Python": check.pulled_by_python}
    for home, one, other in (("a", "lucie", "Python"), ("b", "Python", "lucie")):
        first = check.end(clients[one](home))
        loaded = check.hub.take_loaded()
        check.say(f"{one} loads each file once", loaded == everything, loaded)
        second = check.end(clients[other](home))
        check.say(f"then {other} loads nothing", check.hub.take_loaded() == [], second)
        check.say("both name the same snapshot", first == second, f"{first} != {second}")
        check.same_bytes(f"{one} first", first)

    def layout(home):
        root = check.folder / home / "hub"
        return sorted((str(path.relative_to(root)), os.readlink(path) if path.is_symlink() else "")
                      for path in root.rglob("*") if "/trees" not in str(path) and not path.is_dir())
    check.say("both make the same layout", layout("a") == layout("b"),
              set(layout("a")) ^ set(layout("b")))


def check_shares(check):
    everything = check.hub.names_to_load()
    check.end(check.pulled_by_python("c", ", allow_patterns=['*.json']"))
    check.end(check.pulled_by_lucie("c", "--include", "model*"))
    check.end(check.pulled_by_python("c"))
    last = check.end(check.pulled_by_lucie("c"))
    loaded = check.hub.take_loaded()
    check.say("taking turns, each file is loaded once", loaded == everything, loaded)
    check.same_bytes("taking turns", last)

    both = [check.pulled_by_python("d"), check.pulled_by_lucie("d")]
    ends = [check.end(process) for process in both]
    loaded = check.hub.take_loaded()
    check.say("at the same time, each large file is loaded once",
              [name for name in loaded if name in check.hub.large] == sorted(check.hub.large), loaded)
    check.same_bytes("at the same time", ends[1])


def check_folders(check):
    folder = check.folder / "plain"
    check.end(check.pulled_by_lucie("e", "--local-dir", str(folder)))
    check.hub.take_loaded()
    check.end(check.pulled_by_python("e", f", local_dir={str(folder)!r}"))
    check.say("in lucie's folder Python loads nothing", check.hub.take_loaded() == [])
    other = check.folder / "plain2"
    check.end(check.pulled_by_python("f", f", local_dir={str(other)!r}"))
    check.hub.take_loaded()
    check.end(check.pulled_by_lucie("f", "--local-dir", str(other)))
    check.say("in Python's folder lucie loads nothing", check.hub.take_loaded() == [])
    check.same_bytes("folder", other)


def check_uploads(check):
    folder = check.folder / "upload"
    for name, data in check.hub.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    check.end(check.start_python("g", f"upload_folder(repo_id='{REPO}', folder_path={str(folder)!r}, "
                                 "commit_message='Both')"))
    python, check.hub.posts = check.hub.posts, []
    objects, check.hub.objects = check.hub.objects, {}
    check.end(check.start_lucie("g", "push", str(folder), REPO, "--message", "Both"))

    def comparable(posts):
        # In any order; the endpoint that only Python asks is left out.
        return sorted(json.dumps([path, sort_lists(lines)], sort_keys=True) for path, lines in posts
                      if "validate-yaml" not in path)

    def sort_lists(value):
        if isinstance(value, dict):
            return {key: sort_lists(item) for key, item in value.items()}
        if isinstance(value, list):
            return sorted(map(sort_lists, value), key=lambda item: json.dumps(item, sort_keys=True))
        return value
    check.say("both send the same requests for an upload",
              comparable(python) == comparable(check.hub.posts),
              json.dumps([python, check.hub.posts])[:3000])
    check.say("both upload the same objects", len(objects) == 2 and objects == check.hub.objects)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lucie", required=True)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    numbers = random.Random(arguments.seed)
    files = {"README.md": b"---\nlicense: apache-2.0\n---\n# Tiny\n", "config.json": b"{}",
             "tokenizer.json": json.dumps({"seed": arguments.seed}).encode(), "sub/empty.txt": b"",
             "sub/a name.json": b"[1]", "model-1.safetensors": numbers.randbytes(3_000_000),
             "model-2.safetensors": numbers.randbytes(2_000_000)}
    hub = Hub(files, {"model-1.safetensors", "model-2.safetensors"})
    with tempfile.TemporaryDirectory() as folder:
        check = Check(os.path.abspath(arguments.lucie), folder, hub)
        check_one_cache(check)
        check_shares(check)
        check_folders(check)
        check_uploads(check)
        check.say("the token went to the hub alone", not hub.token_at_cdn)
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
