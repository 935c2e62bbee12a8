"""The live channel: frames in and out over one WebSocket for each client, and the hub that brings the news."""
