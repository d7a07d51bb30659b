package settings

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/melissiproject/hive/internal/database"
)

// identityRow is the row that holds the id of a database. It is no setting: nobody changes it.
const identityRow = "database.id"

// identitySince is the schema that brought the table.
const identitySince = 16

// DatabaseID is what a database is known by, or nothing where it has got no id yet. An older schema has none.
func DatabaseID(ctx context.Context, db *database.DB) (string, error) {
	schema, err := db.Schema(ctx)
	if err != nil || schema < identitySince {
		return "", err
	}
	var found []string
	if err := db.Read().NewSelect().Table("settings").Column("value").Where("name = ?", identityRow).Scan(ctx, &found); err != nil {
		return "", fmt.Errorf("settings: id of the database: %w", err)
	}
	return strings.Join(found, ""), nil
}

// GiveDatabaseID has a migrated database that has no id be known by this one.
func GiveDatabaseID(ctx context.Context, db *database.DB, id string) error {
	err := db.Write(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&row{Name: identityRow, Value: id, Changed: database.Now()}).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("settings: id of the database: %w", err)
	}
	return nil
}
