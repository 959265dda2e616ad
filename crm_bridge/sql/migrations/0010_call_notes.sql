-- What people write on a call. `started_at` is the call's own: with it a list by tag walks along one index.

create table call_comments (
    id      bigint generated always as identity primary key,
    call_id text not null,
    at      timestamptz not null,
    author  text not null,
    text    text not null check (text <> '')
);
create index call_comments_of_call on call_comments (call_id, id);

create table call_tags (
    call_id    text not null,
    tag        text not null check (tag <> ''),
    started_at timestamptz not null,
    at         timestamptz not null,
    author     text not null,
    primary key (call_id, tag)
);
create index call_tags_by_tag on call_tags (tag, started_at, call_id);

create table call_results (
    call_id text primary key,
    code    text not null check (code <> ''),
    at      timestamptz not null,
    author  text not null
);

create view published.call_comments as
select id as comment_id, call_id, at, author, text from call_comments;
create view published.call_tags as
select call_id, tag, at, author from call_tags;
create view published.call_results as
select call_id, code, at, author from call_results;
