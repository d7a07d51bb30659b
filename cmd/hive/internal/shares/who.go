package shares

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
)

// whoHelp explains how users are named.
const whoHelp = `WHO is a user of this hive (bob), one of your contacts by its local name, or a user of any hive as name@12D3KooW….
With :reader or :writer behind it stands what they may do; reader is the default.`

// who reads WHO[:ROLE]. Without a role it gives none.
func who(text string) (user, role string, err error) {
	user = text
	if before, after, ok := cutLast(text, ":"); ok {
		if after != apitype.RoleReader && after != apitype.RoleWriter {
			return "", "", command.Usagef("%q: what they may do is reader or writer, as in %s:writer", text, before)
		}
		user, role = before, after
	}
	if user == "" || strings.HasPrefix(user, "/") {
		return "", "", command.Usagef("%q names nobody: a user is bob, a contact, or bob@12D3KooW…", text)
	}
	if name, hive, ok := strings.Cut(user, "@"); ok && (name == "" || hive == "") {
		return "", "", command.Usagef("%q is only half a name: a user of another hive is bob@12D3KooW…", text)
	}
	return user, role, nil
}

func cutLast(text, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(text, sep)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(sep):], true
}

// members reads several WHO[:ROLE].
func members(texts []string, expires *time.Time) ([]apitype.NewMember, error) {
	list := make([]apitype.NewMember, len(texts))
	for i, text := range texts {
		user, role, err := who(text)
		if err != nil {
			return nil, err
		}
		list[i] = apitype.NewMember{User: user, Role: role, Expires: expires}
	}
	return list, nil
}

// pick finds the one of several things that somebody means by an id, a name or a path.
func pick[T any](kind, text, seeAlso string, items []T, names func(T) (id, name, path string)) (T, error) {
	var found []T
	for _, item := range items {
		id, name, path := names(item)
		if id == text {
			return item, nil
		}
		if name == text || (path != "" && path == strings.TrimRight(text, "/")) {
			found = append(found, item)
		}
	}
	var none T
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return none, command.At(text, fmt.Errorf("%w: there is no such %s; see %s", command.ErrNotFound, kind, seeAlso))
	}
	ids := make([]string, len(found))
	for i, item := range found {
		ids[i], _, _ = names(item)
	}
	return none, command.Usagef("%q is the name of several: say which by its id: %s", text, strings.Join(ids, ", "))
}

// share finds the share that an argument names.
func share(ctx context.Context, c *client.Client, text string) (apitype.Share, error) {
	list, err := c.Shares.List(ctx)
	if err != nil {
		return apitype.Share{}, err
	}
	return pick("share", text, "hive share list", list, func(s apitype.Share) (string, string, string) { return s.ID, s.Name, s.Path })
}

// offer finds the offer that an argument names.
func offer(ctx context.Context, c *client.Client, text string) (apitype.Offer, error) {
	list, err := c.Shares.Offers(ctx)
	if err != nil {
		return apitype.Offer{}, err
	}
	return pick("offer", text, "hive offers", list, func(o apitype.Offer) (string, string, string) { return id(o.ID), o.Name, o.Share })
}

// known is a user as people read it: the local name of a contact, or what there is.
func known(user, contact string) string {
	if contact == "" || contact == user {
		return terminal.Safe(user)
	}
	return terminal.Safe(contact) + " (" + terminal.Safe(user) + ")"
}
