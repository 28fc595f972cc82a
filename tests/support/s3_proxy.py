"""A process between the program and an S3-compatible server: counts requests, delays and refuses them.

Started with the server's port, or 0 for none; prints its own port. POST /-/rules takes
{"delay_ms": 30, "rules": [{"match": text, "status": 403, "code": "AccessDenied", ...}]}; GET /-/stats tells what was asked.
"""

import http.client
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

LOCK = threading.Lock()
RULES = []
STATE = {"delay_ms": 0}
STATS = {}


def reset():
    STATS.clear()
    STATS.update(gets={}, lists=[], others=[], in_flight=0, most=0, waited_ms=0, seen=[])


reset()


def matching(text):
    """The first rule that fits and is not used up."""
    with LOCK:
        for rule in RULES:
            if rule["match"] in text and rule.get("times", -1) != 0:
                rule["times"] = rule.get("times", -1) - 1
                return dict(rule)
    return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream = None

    def log_message(self, *_):
        pass

    def setup(self):
        super().setup()
        self.connection.setsockopt(6, 1, 1)

    def finish(self):
        if self.upstream:
            self.upstream.close()
        super().finish()

    def answer(self, status, body, headers=()):
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def control(self, body):
        if self.path == "/-/rules":
            wanted = json.loads(body)
            with LOCK:
                RULES[:] = wanted.get("rules", [])
                STATE["delay_ms"] = wanted.get("delay_ms", 0)
                reset()
            self.answer(200, b"")
        else:
            with LOCK:
                text = json.dumps(STATS)
            self.answer(200, text.encode())

    def count(self, query):
        path = unquote(urlsplit(self.path).path)
        with LOCK:
            STATS["in_flight"] += 1
            STATS["most"] = max(STATS["most"], STATS["in_flight"])
            names = ("authorization", "x-amz-request-payer", "x-amz-expected-bucket-owner", "x-amz-target", "host")
            STATS["seen"].append({name: self.headers.get(name) for name in names})
            if self.command == "GET" and "list-type" in query:
                STATS["lists"].append(query.get("prefix", [""])[0])
            elif self.command == "GET":
                STATS["gets"][path] = STATS["gets"].get(path, 0) + 1
            else:
                STATS["others"].append(self.command + " " + path)

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/-/"):
            return self.control(body)
        query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        self.count(query)
        try:
            delay = STATE["delay_ms"]
            if delay:
                time.sleep(delay / 1000)
                with LOCK:
                    STATS["waited_ms"] += delay
            kind = "LIST " + query.get("prefix", [""])[0] if "list-type" in query else self.command + " "
            rest = "" if "list-type" in query else unquote(urlsplit(self.path).path)
            text = " ".join([kind + rest, self.headers.get("x-amz-target") or "", body[:2000].decode("latin-1")])
            rule = matching(text)
            if rule and "status" in rule:
                return self.refuse(rule)
            self.forward(body, rule or {})
        finally:
            with LOCK:
                STATS["in_flight"] -= 1

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = serve

    def refuse(self, rule):
        text = rule.get("body")
        if text is None:
            text = "<Error><Code>%s</Code><Message>%s</Message></Error>" % (rule.get("code", ""), rule.get("message", ""))
        self.answer(rule["status"], text.encode(), rule.get("headers", {}).items())

    def forward(self, body, rule):
        if self.upstream is None:
            self.upstream = http.client.HTTPConnection("127.0.0.1", SERVER)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        self.upstream.request(self.command, self.path, body or None, headers)
        got = self.upstream.getresponse()
        content = got.read()
        if rule.get("corrupt"):
            content = bytes([content[0] ^ 1]) + content[1:]
        skip = {"content-length", "transfer-encoding", "connection", "date", "server"} | set(rule.get("headers", {}))
        headers = [(name, value) for name, value in got.getheaders() if name.lower() not in skip]
        headers += rule.get("headers", {}).items()
        if not rule.get("cut"):
            return self.answer(got.status, content, headers)
        self.send_response_only(got.status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2])
        self.close_connection = True


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512


SERVER = int(sys.argv[1])
server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()  # ends when the test process does
