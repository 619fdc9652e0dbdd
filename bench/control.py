"""Serve a control application under the product's uvicorn settings: python -m bench.control APP PORT."""

import sys

import uvicorn

from kyoso.management import serving


def main(application: str, port: str) -> None:
    """Serve until SIGTERM."""
    config = serving.uvicorn_config(application, quiet=True)
    config.lifespan = "off"
    uvicorn.Server(config).run(sockets=[serving.taken_socket("127.0.0.1", int(port))])


if __name__ == "__main__":
    main(*sys.argv[1:])
