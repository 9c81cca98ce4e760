"""The guard, in processes of its own, because an audit hook can't be taken out again."""

import subprocess
import sys
import textwrap

import pytest

from offline_cloud.guard import is_local


def guarded(code: str) -> str:
    """Run code in a guarded Python and answer what it printed."""
    program = "from offline_cloud import guard\nguard.install()\nguard.install()\n" + textwrap.dedent(code)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.",
        "bucket.localhost",
        "127.0.0.1",
        "127.8.9.1",
        "::1",
        "::ffff:127.0.0.1",
        "",
        None,
        b"localhost",
        "0.0.0.0",
    ],
)
def test_what_stays_here(host: str | bytes | None) -> None:
    assert is_local(host)


@pytest.mark.parametrize(
    "host",
    [
        "s3.amazonaws.com",
        "localhost.example.com",
        "notlocalhost",
        "169.254.169.254",
        "192.0.2.1",
        "2001:db8::1",
        b"sts.amazonaws.com",
        "::ffff:192.0.2.1",
        "128.0.0.1",
    ],
)
def test_what_would_leave(host: str | bytes) -> None:
    assert not is_local(host)


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.create_connection(('192.0.2.1', 443), timeout=1)",
        "socket.getaddrinfo('sts.amazonaws.com', 443)",
        "socket.gethostbyname('sts.amazonaws.com')",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
        "socket.socket(socket.AF_INET6).connect(('2001:db8::1', 443))",
    ],
)
def test_refuses_before_anything_leaves(attempt: str) -> None:
    said = guarded(f"""
        import socket
        try:
            {attempt}
        except guard.OfflineError as error:
            print(error)
    """)

    assert said.startswith("labkit keeps this process offline and refused to contact ")
    assert "labkit.open()" in said


def test_loopback_and_unix_sockets_go_through() -> None:
    said = guarded("""
        import socket
        server = socket.create_server(("127.0.0.1", 0))
        socket.create_connection(("localhost", server.getsockname()[1])).close()
        left, right = socket.socketpair()
        left.send(b"through")
        print(right.recv(16).decode())
    """)

    assert said == "through"


def test_boto3_is_refused_once_and_says_why() -> None:
    said = guarded("""
        import boto3, sys
        looked_up = []
        count = lambda event, args: looked_up.append(args) if event == "socket.getaddrinfo" else None
        sys.addaudithook(count)
        client = boto3.client("sts", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
        try:
            client.get_caller_identity()
        except Exception as error:
            print(error)
        print("attempts:", len(looked_up))
    """)

    assert "refused to contact sts." in said
    # The hook that counts stands behind the guard, so it only sees what the guard let pass.
    assert said.endswith("attempts: 0")
