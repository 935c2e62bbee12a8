"""Three editors of one note, each by its real code, on a network and a disk that fail by a schedule."""
