-- Not every link is a thing of the CRM's: some only say how far we came (tried, told, shown). Those are nobody's copies.
alter table crm_links add column is_mark boolean not null default false;
