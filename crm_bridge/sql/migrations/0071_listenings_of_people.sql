-- People listen by their session.
alter table listenings drop constraint listenings_way_check;
alter table listenings add constraint listenings_way_check check (way in ('key', 'link', 'session'));
