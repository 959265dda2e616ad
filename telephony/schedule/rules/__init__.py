"""Working hours and closed days as rules: pure. When is somebody there, and which is the next free time to promise?"""
