"""Who is who: devices by their keys, people by the practice's identity provider, rooms by pairing; own short tokens."""
