-- People listen in the console, too: then the session's person stands where the key does.
alter table listenings drop constraint listenings_way_check;
alter table listenings add constraint listenings_way_check check (way in ('key', 'link', 'session'));
