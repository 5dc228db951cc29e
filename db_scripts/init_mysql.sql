-- DMT on MySQL (8.0.17 or newer) or MariaDB (10.6 or newer): the database and its two accounts.
--
--   mysql -u root -p < db_scripts/init_mysql.sql
--
-- dmt_owner  owns the database and runs `dmt migrate`, which also gives dmt_user its rights, table by table
-- dmt_user   is who `dmt serve` signs in as; it can only read until `dmt migrate` has run
--
-- Variables, all optional: @owner_password, @user_password, @database_name, @owner_name, @user_name.
-- Running this again is harmless: it changes a password only where one is given. See README.md beside this file.

SET SESSION sql_mode = 'STRICT_TRANS_TABLES'; -- QUOTE() escapes with backslashes
SET @database_name = COALESCE(@database_name, 'dmt_db');
SET @owner_name = COALESCE(@owner_name, 'dmt_owner');
SET @user_name = COALESCE(@user_name, 'dmt_user');
SET @is_mariadb = VERSION() LIKE '%MariaDB%';

-- The database. Both collations compare bytes and do not ignore trailing blanks.
SET @sql = CONCAT('CREATE DATABASE IF NOT EXISTS `', @database_name, '` CHARACTER SET utf8mb4 COLLATE ',
                  IF(@is_mariadb, 'utf8mb4_nopad_bin', 'utf8mb4_0900_bin'));
PREPARE statement FROM @sql;
EXECUTE statement;

-- The accounts. An account that exists keeps its password, unless one is given.
SET @owner_exists = (SELECT COUNT(*) FROM mysql.user
                     WHERE CONVERT(User USING utf8mb4) COLLATE utf8mb4_bin = @owner_name AND Host = '%');
SET @user_exists = (SELECT COUNT(*) FROM mysql.user
                    WHERE CONVERT(User USING utf8mb4) COLLATE utf8mb4_bin = @user_name AND Host = '%');
SET @owner_given = COALESCE(@owner_password, '') <> '';
SET @user_given = COALESCE(@user_password, '') <> '';

-- Random passwords are asked for only where needed: MariaDB before 10.10 has no RANDOM_BYTES, so give passwords there.
SET @sql = IF(@owner_exists OR @owner_given, 'DO 0',
              'SET @owner_password = CONCAT(HEX(RANDOM_BYTES(10)), ''-'', LOWER(HEX(RANDOM_BYTES(10))))');
PREPARE statement FROM @sql;
EXECUTE statement;
SET @sql = IF(@user_exists OR @user_given, 'DO 0',
              'SET @user_password = CONCAT(HEX(RANDOM_BYTES(10)), ''-'', LOWER(HEX(RANDOM_BYTES(10))))');
PREPARE statement FROM @sql;
EXECUTE statement;

SET @sql = IF(@owner_exists AND NOT @owner_given, 'DO 0',
              CONCAT(IF(@owner_exists, 'ALTER', 'CREATE'), ' USER ', QUOTE(@owner_name), '@''%'' IDENTIFIED BY ', QUOTE(@owner_password)));
PREPARE statement FROM @sql;
EXECUTE statement;
SET @sql = IF(@user_exists AND NOT @user_given, 'DO 0',
              CONCAT(IF(@user_exists, 'ALTER', 'CREATE'), ' USER ', QUOTE(@user_name), '@''%'' IDENTIFIED BY ', QUOTE(@user_password)));
PREPARE statement FROM @sql;
EXECUTE statement;

-- In a grant on a whole database `_` stands for any character and is written `\_`,
-- except where MySQL's partial_revokes is on: there it is plain text.
SET @sql = IF(@is_mariadb, 'SET @literal = 0', 'SET @literal = @@GLOBAL.partial_revokes');
PREPARE statement FROM @sql;
EXECUTE statement;
SET @grant_on = CONCAT('`', IF(@literal, @database_name, REPLACE(@database_name, '_', '\\_')), '`.*');

-- The owner hands on rights to each table as `dmt migrate` creates it: hence the grant option, on this database only.
SET @sql = CONCAT('GRANT ALL PRIVILEGES ON ', @grant_on, ' TO ', QUOTE(@owner_name), '@''%'' WITH GRANT OPTION');
PREPARE statement FROM @sql;
EXECUTE statement;

-- Reading is granted for the whole database, present and future. Writing cannot be: a right on the database
-- could not be taken back for audit_event. So it is granted table by table, by `dmt migrate`.
SET @sql = CONCAT('GRANT SELECT ON ', @grant_on, ' TO ', QUOTE(@user_name), '@''%''');
PREPARE statement FROM @sql;
EXECUTE statement;
DEALLOCATE PREPARE statement;

SELECT @owner_name AS account,
       CASE WHEN @owner_given THEN 'as given' WHEN @owner_exists THEN 'unchanged' ELSE @owner_password END AS password
UNION ALL
SELECT @user_name,
       CASE WHEN @user_given THEN 'as given' WHEN @user_exists THEN 'unchanged' ELSE @user_password END;

-- An account of the same name at another host wins over these when it signs in from there.
SELECT CONCAT(User, '@', Host) AS also_there_with_its_own_password FROM mysql.user
 WHERE CONVERT(User USING utf8mb4) COLLATE utf8mb4_bin IN (@owner_name, @user_name) AND Host <> '%';

SET @owner_password = NULL, @user_password = NULL;
