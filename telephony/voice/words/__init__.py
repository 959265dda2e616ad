"""From a phrase to one whole sentence with right grammar: pure, one module a language.

``phrases`` are the values, ``moments`` tells how a time is spoken of (today, tomorrow, on Monday, on a date), ``clean``
makes names and numbers fit to be spoken, ``russian``, ``ukrainian`` and ``english`` have the grammar, ``sentences``
puts them together: ``sentence(language, phrase, region)``.

Numerals are written out here rather than left to the TTS: it would read "9:05" as it likes, and decline nothing.
"""
