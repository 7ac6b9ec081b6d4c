"""The model server by itself."""

from . import listen

server = listen()
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
