-- For the database in ../compose.yaml. By the Unix socket everyone there is who they say; elsewhere, give each a password.
CREATE ROLE convene_owner LOGIN;
CREATE ROLE convene LOGIN;
ALTER DATABASE convene OWNER TO convene_owner;
