"""The media process: aiortc, PyAV and sounddevice live here only; and its thin handle for the UI process."""
