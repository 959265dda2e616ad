-- A wall screen speaks the language of the room, not of whatever browser shows it.

alter table walls add column language text not null default '' check (language in ('', 'ru', 'uk', 'en'));
comment on column walls.language is 'Empty: the browser''s';
