package node

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
)

// pair is two hives whose admins know each other, ann at the first and ben at the second.
type pair struct {
	t        *testing.T
	ann, ben *client.Client
	nodes    [2]*Node
	annHive  string
	benHive  string
	stopAnn  func() error
	stopBen  func() error
	benCfg   Config
}

func newPair(t *testing.T) *pair {
	t.Helper()
	annCfg, benCfg := onLoopback(made(t)), onLoopback(made(t))
	one, ann, stopAnn := running(t, annCfg)
	two, ben, stop := running(t, benCfg)
	p := &pair{t: t, ann: ann, ben: ben, annHive: one.ID().String(), benHive: two.ID().String(), nodes: [2]*Node{one, two}, stopAnn: stopAnn, stopBen: stop, benCfg: benCfg}
	invitation, err := ann.Contacts.Invite(t.Context(), apitype.NewInvitation{Note: "for ben"})
	p.must(err)
	accepted, err := ben.Contacts.AcceptInvitation(t.Context(), apitype.AcceptInvitation{Code: invitation.Code, Name: "sister"})
	p.must(err)
	if c := accepted.Contact; c.Name != "sister" || c.User != "anna@"+p.annHive || c.Hive != p.annHive || accepted.Offer != nil {
		t.Fatalf("%+v", accepted)
	}
	return p
}

func (p *pair) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// offered waits for an offer to ben.
func (p *pair) offered(share string) apitype.Offer {
	p.t.Helper()
	var found apitype.Offer
	eventually(p.t, "offer", func(ctx context.Context) error {
		list, err := p.ben.Shares.Offers(ctx)
		for _, o := range list {
			if o.Share == share {
				found = o
				return nil
			}
		}
		return errors.Join(err, errors.New("no offer"))
	})
	return found
}

// reads waits until c finds a content at a path.
func (p *pair) reads(c *client.Client, path, want string) {
	p.t.Helper()
	eventually(p.t, "read "+path, func(ctx context.Context) error {
		got, err := read(ctx, c, path)
		if err == nil && got != want {
			err = fmt.Errorf("got %q, want %q", got, want)
		}
		return err
	})
}

func TestShareBetweenHives(t *testing.T) {
	p := newPair(t)
	// Both admins are called anna; ann knows ben's by a name of her own.
	contacts, err := p.ann.Contacts.List(t.Context())
	if err != nil || len(contacts) != 1 || contacts[0].User != "anna@"+p.benHive {
		t.Fatalf("%+v, %v", contacts, err)
	}
	ben, err := p.ann.Contacts.Rename(t.Context(), contacts[0].ID, "ben")
	p.must(err)

	put(t, p.ann, "/photos/2020/cat.jpg", "a cat")
	share, err := p.ann.Shares.Create(t.Context(), apitype.NewShare{Path: "/photos", Members: []apitype.NewMember{{User: ben.Name}}})
	p.must(err)
	if m := share.Members; share.Role != apitype.RoleOwner || share.Path != "/photos" || len(m) != 1 || m[0].Contact != "ben" || m[0].Role != apitype.RoleReader || m[0].State != "offered" {
		t.Fatalf("%+v", share)
	}
	offer := p.offered(share.ID)
	taken, err := p.ben.Shares.Accept(t.Context(), offer.ID, apitype.AcceptOffer{Path: "/from ann"})
	p.must(err)
	if taken.Path != "/from ann" || taken.Own || taken.Owner != "anna@"+p.annHive || taken.Contact != "sister" || taken.Role != apitype.RoleReader || taken.Mode != apitype.ModeFull {
		t.Errorf("%+v", taken)
	}
	p.reads(p.ben, "/from ann/2020/cat.jpg", "a cat")
	entry, err := p.ben.Files.Stat(t.Context(), "/from ann")
	if err != nil || entry.Mount != share.ID || entry.Role != apitype.RoleReader || !entry.ReadOnly {
		t.Errorf("%+v, %v", entry, err)
	}
	if _, _, err := p.ben.Files.Put(t.Context(), "/from ann/new", strings.NewReader("x"), client.PutOptions{}); !errors.Is(err, client.ErrReadOnly) {
		t.Errorf("a reader writes: %v", err)
	}

	// A writer's change is there at once, and then at the owner's hive.
	writer := apitype.RoleWriter
	changed, err := p.ann.Shares.UpdateMember(t.Context(), share.ID, "ben", apitype.MemberChange{Role: &writer})
	if err != nil || changed.Members[0].Role != writer || changed.Members[0].State != "accepted" {
		t.Errorf("%+v, %v", changed, err)
	}
	eventually(t, "write", func(ctx context.Context) error {
		_, _, err := p.ben.Files.Put(ctx, "/from ann/dog.jpg", strings.NewReader("a dog"), client.PutOptions{})
		return err
	})
	p.reads(p.ann, "/photos/dog.jpg", "a dog")
	eventually(t, "rest", func(ctx context.Context) error {
		mine, err := p.ben.Shares.Get(ctx, share.ID)
		if err == nil && (mine.Status == nil || mine.Status.Proposed || mine.Status.Missing > 0 || mine.Status.Applied != mine.Status.Seq) {
			err = fmt.Errorf("%+v", mine.Status)
		}
		return err
	})

	p.must(p.ann.Shares.Revoke(t.Context(), share.ID, "ben"))
	put(t, p.ann, "/photos/secret", "not for ben")
	eventually(t, "revoke", func(ctx context.Context) error {
		_, err := p.ben.Files.Stat(ctx, "/from ann")
		if errors.Is(err, client.ErrNotFound) {
			return nil
		}
		return errors.Join(err, errors.New("still there"))
	})
	list, err := p.ben.Shares.List(t.Context())
	if err != nil || len(list) != 1 || list[0].State != "revoked" || list[0].Path != "" {
		t.Errorf("%+v, %v", list, err)
	}
	p.must(p.ben.Shares.Leave(t.Context(), share.ID))
	if list, err := p.ben.Shares.List(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if got, err := read(t.Context(), p.ann, "/photos/dog.jpg"); err != nil || got != "a dog" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestOwnerSeesWhatWaits(t *testing.T) {
	p := newPair(t)
	p.must(p.stopBen())
	put(t, p.ann, "/photos/cat.jpg", "a cat")
	share, err := p.ann.Shares.Create(t.Context(), apitype.NewShare{Path: "/photos", Members: []apitype.NewMember{{User: "anna@" + p.benHive}}})
	p.must(err)
	var waits apitype.Pending
	eventually(t, "pending", func(ctx context.Context) error {
		list, err := p.ann.Shares.Pending(ctx)
		for _, item := range list {
			if item.Kind == "offer" && item.Attempts > 0 {
				waits = item
				return nil
			}
		}
		return errors.Join(err, fmt.Errorf("%+v", list))
	})
	if waits.Hive != p.benHive || waits.Share != share.ID || waits.Code == "" || waits.Reason == "" || waits.Next.IsZero() {
		t.Errorf("%+v", waits)
	}
	p.must(p.ann.Shares.Retry(t.Context(), waits.ID))
	if err := p.ann.Shares.Retry(t.Context(), waits.ID+1000); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	_, p.ben, _ = running(t, p.benCfg)
	p.offered(share.ID)
	eventually(t, "delivered", func(ctx context.Context) error {
		list, err := p.ann.Shares.Pending(ctx)
		if len(list) > 0 {
			return fmt.Errorf("%+v", list)
		}
		return err
	})
}

func TestInvitationIsForOne(t *testing.T) {
	p := newPair(t)
	share, err := p.ann.Shares.Create(t.Context(), apitype.NewShare{Path: mkdir(t, p.ann, "/plans")})
	p.must(err)
	in, err := p.ann.Contacts.Invite(t.Context(), apitype.NewInvitation{Share: share.ID, Role: apitype.RoleWriter})
	p.must(err)
	accepted, err := p.ben.Contacts.AcceptInvitation(t.Context(), apitype.AcceptInvitation{Code: in.Code})
	p.must(err)
	if accepted.Offer == nil || accepted.Offer.Share != share.ID || accepted.Offer.Role != apitype.RoleWriter {
		t.Fatalf("%+v", accepted)
	}
	list, err := p.ann.Contacts.Invitations(t.Context())
	if err != nil || len(list) != 2 || list[0].Used == nil || list[0].UsedBy != "anna@"+p.benHive || list[0].Code != "" {
		t.Errorf("%+v, %v", list, err)
	}
	p.must(p.ben.Shares.Decline(t.Context(), accepted.Offer.ID))
	eventually(t, "declined", func(ctx context.Context) error {
		s, err := p.ann.Shares.Get(ctx, share.ID)
		if err == nil && s.Members[0].State != "declined" {
			err = errors.New(s.Members[0].State)
		}
		return err
	})
	deleted, err := p.ann.Contacts.Invite(t.Context(), apitype.NewInvitation{})
	p.must(err)
	p.must(p.ann.Contacts.DeleteInvitation(t.Context(), deleted.ID))
	if _, err := p.ben.Contacts.AcceptInvitation(t.Context(), apitype.AcceptInvitation{Code: deleted.Code}); !errors.Is(err, client.ErrInvalidInvitation) {
		t.Errorf("got %v", err)
	}
	if _, err := p.ann.Contacts.AcceptInvitation(t.Context(), apitype.AcceptInvitation{Code: "hive1nonsense"}); !errors.Is(err, client.ErrInvalidInvitation) {
		t.Errorf("got %v", err)
	}
}

func TestOnDemand(t *testing.T) {
	p := newPair(t)
	big := strings.Repeat("0123456789abcdef", 1<<17) // 2 MiB, several chunks
	put(t, p.ann, "/photos/read", big)
	put(t, p.ann, "/photos/unread", "unread")
	share, err := p.ann.Shares.Create(t.Context(), apitype.NewShare{Path: "/photos", Members: []apitype.NewMember{{User: "anna@" + p.benHive}}})
	p.must(err)
	quota := int64(1 << 30)
	taken, err := p.ben.Shares.Accept(t.Context(), p.offered(share.ID).ID, apitype.AcceptOffer{Mode: apitype.ModeOnDemand, Quota: &quota})
	p.must(err)
	if taken.Mode != apitype.ModeOnDemand || taken.Quota != quota {
		t.Errorf("%+v", taken)
	}
	eventually(t, "names", func(ctx context.Context) error {
		e, err := p.ben.Files.Stat(ctx, "/photos/unread")
		if err == nil && !e.Absent {
			t.Fatalf("%+v", e)
		}
		return err
	})
	if got := content(t, p.ben, "/photos/read"); got != big {
		t.Errorf("%d bytes", len(got))
	}
	p.must(p.stopAnn())
	start := time.Now()
	_, err = read(t.Context(), p.ben, "/photos/unread")
	if e, ok := errors.AsType[*client.Error](err); !ok || !errors.Is(err, client.ErrAbsent) || !strings.Contains(e.Detail, "does not answer") {
		t.Errorf("got %v", err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
	if e, err := p.ben.Files.Stat(t.Context(), "/photos/unread"); err != nil || e.Size != 6 {
		t.Errorf("%+v, %v", e, err)
	}
	mine, err := p.ben.Shares.Get(t.Context(), share.ID)
	if err != nil || mine.Status == nil || mine.Status.Entries != 2 {
		t.Errorf("%+v, %v", mine.Status, err)
	}
}

func TestCollectionLeavesTreesOfShares(t *testing.T) {
	p := newPair(t)
	put(t, p.ann, "/photos/cat.jpg", "a cat")
	share, err := p.ann.Shares.Create(t.Context(), apitype.NewShare{Path: "/photos", Members: []apitype.NewMember{{User: "anna@" + p.benHive}}})
	p.must(err)
	_, err = p.ben.Shares.Accept(t.Context(), p.offered(share.ID).ID, apitype.AcceptOffer{})
	p.must(err)
	p.reads(p.ben, "/photos/cat.jpg", "a cat")
	for _, n := range p.nodes {
		for range 2 {
			p.must(n.collect(t.Context()))
		}
		trees := 0
		for root, err := range n.sharing.Roots(t.Context()) {
			p.must(err)
			trees++
			if ok, err := n.blocks.Has(t.Context(), root); err != nil || !ok {
				t.Errorf("%s is gone, %v", root, err)
			}
		}
		if trees == 0 {
			t.Error("no tree")
		}
	}
	p.reads(p.ben, "/photos/cat.jpg", "a cat")
	p.must(p.stopBen())
	checked, err := Fsck(t.Context(), p.benCfg, func(f Finding) { t.Errorf("%+v", f) })
	if err != nil || checked.Roots < 2 {
		t.Errorf("%+v, %v", checked, err)
	}
}

func mkdir(t *testing.T, c *client.Client, path string) string {
	t.Helper()
	e, err := c.Files.Mkdir(t.Context(), path, true)
	if err != nil {
		t.Fatal(err)
	}
	return e.Path
}
