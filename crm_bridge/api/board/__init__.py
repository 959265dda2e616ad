"""Operations on what a board shows besides calls and requests: promises, alarms, messages, phones, settings, health."""
