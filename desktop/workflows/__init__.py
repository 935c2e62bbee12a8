"""What the program does: sign in, keep up with the gateway, join, write, pend, ask, finish. No Qt, no adapters.

Everything here runs on the UI thread; `ports.Jobs` carries work to the store and asyncio threads and back.
"""
