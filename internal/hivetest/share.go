package hivetest

import (
	"fmt"
	"maps"
	"time"

	"github.com/melissiproject/hive/sharing"
)

// Soon is how long one hive may take to show what another did, in real time on a busy machine.
const Soon = time.Minute

// Meet makes contacts of two users of two hives. Each calls the other by name.
func (u *User) Meet(other *User) {
	u.t.Helper()
	invitation, err := u.Hive.Sharing.Invitations().Create(u.t.Context(), u.ID, sharing.NewInvitation{})
	u.check("invite", other.Name, err)
	_, _, err = other.Hive.Sharing.Invitations().Accept(other.t.Context(), other.ID, invitation.Code, "")
	other.check("accept the invitation of", u.Name, err)
}

// Share offers a folder to users in a role; those of other hives are contacts already, or met now.
func (u *User) Share(path string, role sharing.Role, with ...*User) sharing.ShareID {
	u.t.Helper()
	members := make([]sharing.Invite, len(with))
	for i, other := range with {
		members[i] = sharing.Invite{To: known(u, other), Role: role}
	}
	share, err := u.Hive.Sharing.Shares().Create(u.t.Context(), u.ID, u.path(path), sharing.NewShare{Members: members})
	u.check("share", path, err)
	return share.ID
}

// known is how u writes another user, whom u knows afterwards.
func known(u, other *User) string {
	u.t.Helper()
	if other.Hive == u.Hive {
		return other.Name
	}
	contacts, err := u.Hive.Sharing.Contacts().List(u.t.Context(), u.ID)
	u.check("list contacts", "", err)
	for _, c := range contacts {
		if c.Hive == other.Hive.ID && c.Remote == other.Name {
			return other.Who()
		}
	}
	u.Meet(other)
	return other.Who()
}

// Accept waits for the offer of a share and mounts it at path, in a mode.
func (u *User) Accept(id sharing.ShareID, path string, mode sharing.Mode) {
	u.t.Helper()
	var offer int64
	Eventually(u.t, Soon, func() error {
		offers, err := u.Hive.Sharing.Shares().Offers(u.t.Context(), u.ID)
		if err != nil {
			return err
		}
		for _, o := range offers {
			if o.Share == id {
				offer = o.ID
				return nil
			}
		}
		return fmt.Errorf("%s has no offer of %s among %d", u.Name, id, len(offers))
	})
	_, err := u.Hive.Sharing.Shares().Accept(u.t.Context(), u.ID, offer, sharing.Accept{Path: path, Mode: mode})
	u.check("accept", path, err)
}

// Revoke takes a share of u's from another user.
func (u *User) Revoke(id sharing.ShareID, other *User) {
	u.t.Helper()
	share, err := u.Hive.Sharing.Shares().Get(u.t.Context(), u.ID, id)
	u.check("get share", string(id), err)
	for _, m := range share.Members {
		if m.Hive == other.Hive.ID && m.User == other.Name {
			u.check("revoke", other.Name, u.Hive.Sharing.Shares().RemoveMember(u.t.Context(), u.ID, id, m.ID))
			return
		}
	}
	u.t.Fatalf("%s: %s is no member of %s", u.Name, other.Name, id)
}

// Leave ends u's membership in a share.
func (u *User) Leave(id sharing.ShareID) {
	u.t.Helper()
	u.check("leave", string(id), u.Hive.Sharing.Shares().Leave(u.t.Context(), u.ID, id))
}

// Same waits until two folders hold the same files with the same content.
func Same(within time.Duration, a *User, folder string, b *User, other string) {
	a.t.Helper()
	Eventually(a.t, within, func() error {
		left, err := a.TryFiles(folder)
		if err != nil {
			return err
		}
		right, err := b.TryFiles(other)
		if err == nil && !maps.Equal(left, right) {
			err = fmt.Errorf("%s has %v, %s has %v", a.Name, short(left), b.Name, short(right))
		}
		return err
	})
}

// short is the files with the beginning of their content.
func short(files map[string]string) map[string]string {
	const most = 24
	cut := map[string]string{}
	for name, content := range files {
		cut[name] = content[:min(most, len(content))]
	}
	return cut
}

// Sees waits until a file has some content for u.
func (u *User) Sees(path, content string) {
	u.t.Helper()
	Eventually(u.t, Soon, func() error {
		got, err := u.TryRead(path)
		if err == nil && got != content {
			err = fmt.Errorf("%s: %s is %q, want %q", u.Name, path, got, content)
		}
		return err
	})
}

// Loses waits until u no longer has an entry.
func (u *User) Loses(path string) {
	u.t.Helper()
	Eventually(u.t, Soon, func() error {
		if _, err := u.Home().Stat(u.t.Context(), u.path(path)); err == nil {
			return fmt.Errorf("%s still has %s", u.Name, path)
		}
		return nil
	})
}
