"""The note as one text: a heading line and a text for each section, behind one caret."""
