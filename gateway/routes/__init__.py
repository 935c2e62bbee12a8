"""The gateway's HTTP and WebSocket edges: parse, ask, map each refusal."""
