from django.test import RequestFactory

from socle.lib.mounts import answer
from socle.serving.middleware import Compression


def saying(pieces):
    def application(environ, start_response):
        start_response(
            "207 Multi-Status", [("DAV", "1"), ("DAV", "2"), ("ETag", '"a"'), ("X-At", environ["SCRIPT_NAME"])]
        )
        return pieces(environ)

    return application


def asked(path="/dav/12/%C3%A9t%C3%A9/"):
    return RequestFactory().generic("PROPFIND", path, headers={"accept-encoding": "gzip"})


def test_it_answers_where_it_believes_it_is_mounted():
    response = answer(saying(lambda environ: [environ["PATH_INFO"].encode("latin-1")]), asked(), at="/dav/12")
    assert response.status_code == 207
    assert response.reason_phrase == "Multi-Status"
    assert response.content.decode() == "/été/"
    assert response["X-At"] == "/dav/12"
    assert response["DAV"] == "1, 2"
    assert response["Cache-Control"] == "no-store"


def test_its_answer_is_never_compressed_nor_its_etag_weakened():
    response = Compression(lambda request: answer(saying(lambda _: [b"x" * 5000]), request, at="/dav"))(asked())
    assert response["ETag"] == '"a"'
    assert not response.has_header("Content-Encoding")
    assert len(response.content) == 5000


def test_what_it_yields_passes_piece_by_piece_and_is_closed():
    closed = []

    def application(environ, start_response):
        # Its status is only said with its first piece.
        start_response("200 OK", [])
        try:
            yield b"a"
            yield b"b"
        finally:
            closed.append(True)

    response = answer(application, asked(), at="/dav")
    assert response.streaming
    assert response.getvalue() == b"ab"
    assert closed
