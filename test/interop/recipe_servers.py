"""SFTP and WebDAV servers on loopback, for the recipes of uploaders: asyncssh and WsgiDAV, each over a folder of its own.

    python recipe_servers.py FOLDER

Answers each line on stdin with where they are; ends with stdin.
"""

import asyncio
import json
import logging
import os
import sys
import threading
from pathlib import Path

import asyncssh
from cheroot import wsgi
from wsgidav.wsgidav_app import WsgiDAVApp

folder = Path(sys.argv[1])
user, password = "me", "the password of the test"


async def sftp():
    host, own = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")
    key = folder / "key"
    own.write_private_key(str(key))
    os.chmod(key, 0o600)
    own.write_public_key(str(folder / "key.pub"))
    root = folder / "sftp"
    root.mkdir()
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[host],
        authorized_client_keys=str(folder / "key.pub"),
        sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(root)),
    )
    port = server.get_port()
    public = host.export_public_key().decode().split()
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {public[0]} {public[1]}\n")
    return port


def webdav():
    root = folder / "webdav"
    root.mkdir()
    app = WsgiDAVApp(
        {
            "provider_mapping": {"/": str(root)},
            "simple_dc": {"user_mapping": {"*": {user: {"password": password}}}},
            "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
            "verbose": 0,
            "logging": {"enable": False},
        }
    )
    server = wsgi.Server(("127.0.0.1", 0), app)
    server.prepare()
    threading.Thread(target=server.serve, daemon=True).start()
    return server.bind_addr[1]


async def main():
    logging.disable(logging.CRITICAL)
    told = {"sftp": await sftp(), "webdav": webdav(), "user": user, "password": password}
    print("{}", flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(told), flush=True)
    os._exit(0)


asyncio.run(main())
