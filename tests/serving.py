"""A web server on this machine that misbehaves as it is told."""

import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Site:
    """What the server has, how it behaves, and what it was asked."""

    data: bytes = b""
    ranges: bool = True
    etags: list[str | None] = field(default_factory=lambda: ['"one"'])  # the last one stays
    statuses: list[int] = field(default_factory=list)  # answered first, one for each request
    break_after: list[int] = field(default_factory=list)  # bytes of each answer, then the line dies
    kind: str = "application/zip"
    asked: list[dict[str, str]] = field(default_factory=list)  # headers of each request
    url: str = ""


@contextmanager
def serve(site: Site) -> Iterator[Site]:
    """Run the server; `site.url` is its address, `site` may be changed while it runs."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append({"path": self.path, **dict(self.headers)})
            if site.statuses and (status := site.statuses.pop(0)) != 200:
                self.send_error(status)
                return
            etag = site.etags.pop(0) if len(site.etags) > 1 else site.etags[0]
            start = self._start(etag)
            if start >= len(site.data) > 0 and start > 0:
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(site.data)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206 if start else 200)
            if start:
                last = len(site.data) - 1
                self.send_header("Content-Range", f"bytes {start}-{last}/{len(site.data)}")
            if etag is not None:
                self.send_header("ETag", etag)
            self.send_header("Content-Type", site.kind)
            self.send_header("Content-Length", str(len(site.data) - start))
            self.end_headers()
            body = site.data[start:]
            self.wfile.write(body[: site.break_after.pop(0)] if site.break_after else body)

        def _start(self, etag: str | None) -> int:
            wanted = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
            if wanted and site.ranges and self.headers.get("If-Range") == etag:
                return int(wanted[1])
            return 0

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}/allasfamc.zip"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
