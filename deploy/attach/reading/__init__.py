"""What an administrator's configuration files say (pure): lines, includes, sections, and the phones and trunks in them.

Files are hostile: any bytes, any size, includes in a circle, commands to run. They are read as Asterisk reads them,
within limits, and what cannot be read is a `problem` in words, never an error.
"""
