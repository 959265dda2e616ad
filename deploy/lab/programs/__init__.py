"""Where the lab's programs come from: PATH, or Debian's packages unpacked into a cache."""
