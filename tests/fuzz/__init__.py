"""Random bytes for everything that reads a stranger's: `targets` says what must hold, `__main__` tries it by atheris.

make fuzz                                  each a minute
.venv/bin/python -m tests.fuzz ami --seconds 600
"""
