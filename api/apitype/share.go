package apitype

import "time"

// Roles in a share.
const (
	RoleOwner  = "owner"
	RoleReader = "reader"
	RoleWriter = "writer"
)

// Modes of a share that was accepted from another hive.
const (
	ModeFull     = "full"      // all content is kept here
	ModeOnDemand = "on-demand" // names are kept here, content comes when it is read
)

// Invitation introduces a user of another hive. Code is its secret, shown only when it is made.
type Invitation struct {
	ID      int64      `json:"id"`
	Code    string     `json:"code,omitempty" doc:"The secret to hand over, shown this once"`
	Note    string     `json:"note,omitempty" doc:"For oneself: whom it is for"`
	Share   string     `json:"share,omitempty" doc:"Id of the share that it offers"`
	Role    string     `json:"role,omitempty" enum:"reader,writer"`
	Created time.Time  `json:"created"`
	Expires time.Time  `json:"expires"`
	Used    *time.Time `json:"used,omitempty"`
	UsedBy  string     `json:"used_by,omitempty" doc:"name@hive of who accepted it"`
}

// NewInvitation asks for an invitation. With a share, who accepts is offered that at once.
type NewInvitation struct {
	Note    string     `json:"note,omitempty" maxLength:"200"`
	Share   string     `json:"share,omitempty" maxLength:"64" doc:"Id of a share of one's own to offer"`
	Role    string     `json:"role,omitempty" enum:"reader,writer" doc:"In the share; default reader"`
	Expires *time.Time `json:"expires,omitempty" doc:"Default in 7 days"`
}

// AcceptInvitation takes up an invitation of a user of another hive.
type AcceptInvitation struct {
	Code string `json:"code" minLength:"1" maxLength:"4096"`
	Name string `json:"name,omitempty" maxLength:"100" doc:"Name for the contact here; default as they are called there"`
}

// AcceptedInvitation is who invited, and what they offered.
type AcceptedInvitation struct {
	Contact Contact `json:"contact"`
	Offer   *Offer  `json:"offer,omitempty"`
}

// Contact is a user of another hive, under a name of one's own.
type Contact struct {
	ID      int64     `json:"id"`
	Name    string    `json:"name" doc:"Local name; shares can be made with it"`
	User    string    `json:"user" doc:"name@hive"`
	Hive    string    `json:"hive" doc:"Peer id"`
	Created time.Time `json:"created"`
}

// ContactChange gives a contact another local name.
type ContactChange struct {
	Name string `json:"name" minLength:"1" maxLength:"100"`
}

// Share is a folder that is offered to others, as its owner or one of its members sees it.
type Share struct {
	ID      string       `json:"id"`
	Name    string       `json:"name"`
	Own     bool         `json:"own" doc:"Whether the folder is one's own"`
	Owner   string       `json:"owner" doc:"A name of this hive, or name@hive"`
	Contact string       `json:"contact,omitempty" doc:"Local name of an owner on another hive"`
	Path    string       `json:"path,omitempty" doc:"The folder, or where it is mounted; absent where it is gone"`
	Role    string       `json:"role" enum:"owner,reader,writer" doc:"What one is in it"`
	State   string       `json:"state" enum:"active,revoked,left,ended"`
	Reshare bool         `json:"reshare,omitempty" doc:"Members may offer it to others"`
	Mode    string       `json:"mode,omitempty" enum:"full,on-demand" doc:"Of what came from another hive"`
	Quota   int64        `json:"quota,omitempty" doc:"Most bytes to keep of what came from another hive; -1 is no limit of its own"`
	Created time.Time    `json:"created"`
	Expires *time.Time   `json:"expires,omitempty"`
	Members []Member     `json:"members" nullable:"false" doc:"For the owner all; for a member, those that are known"`
	Status  *ShareStatus `json:"status,omitempty" doc:"Of a share that reaches other hives"`
}

// Member is one receiver of a share.
type Member struct {
	ID        int64      `json:"id"`
	User      string     `json:"user" doc:"A name of this hive, or name@hive"`
	Contact   string     `json:"contact,omitempty" doc:"Local name of a user of another hive"`
	Role      string     `json:"role" enum:"reader,writer"`
	State     string     `json:"state" enum:"offered,accepted,declined,left,revoked,refused" doc:"refused: the other hive has no such user, or the two are no contacts"`
	Expires   *time.Time `json:"expires,omitempty"`
	InvitedBy string     `json:"invited_by,omitempty" doc:"The member who offered it, name@hive; absent for the owner"`
	Has       uint64     `json:"has,omitempty" doc:"Number of the newest state that the hive of the member has said it has; for the owner"`
	Synced    *time.Time `json:"synced,omitempty" doc:"When it said so"`
}

// ShareStatus says how far a share has come between hives.
type ShareStatus struct {
	Seq      uint64     `json:"seq" doc:"Number of the newest state that is known"`
	Applied  uint64     `json:"applied" doc:"Number of the state that the folder shows"`
	Entries  int64      `json:"entries" doc:"Files and folders in it"`
	Missing  int64      `json:"missing,omitempty" doc:"Files whose content is not here yet"`
	Bytes    int64      `json:"bytes,omitempty" doc:"Their bytes"`
	Complete bool       `json:"complete" doc:"The folder shows the newest state that is known, with all content unless that comes when it is read"`
	Proposed bool       `json:"proposed,omitempty" doc:"Own edits wait for the owner's hive"`
	HeldBack int64      `json:"held_back,omitempty" doc:"Deletes that wait for a yes: POST /shares/{id}/confirm"`
	Held     []Held     `json:"held,omitempty" doc:"Of an own share: whose deletes those are, but for those of this hive. To say no: POST /shares/{id}/refuse"`
	Received int64      `json:"received" doc:"Bytes of content that came from other hives"`
	Sent     int64      `json:"sent" doc:"Bytes of content that went to other hives"`
	Saved    int64      `json:"saved" doc:"Bytes of content that did not have to come: they were here already, or came as a difference or compressed"`
	Synced   *time.Time `json:"synced,omitempty" doc:"When the folder last caught up; of an own share, when a state was last published"`
	Problem  string     `json:"problem,omitempty" doc:"Why it does not get on, in words"`
	Code     string     `json:"problem_code,omitempty" doc:"The same for programs: refused, unavailable, or a code of errors, such as quota_exceeded; absent where none says it"`
	Next     *time.Time `json:"next,omitempty" doc:"When it is tried again"`
}

// Held is a change of a member that deletes so much that it waits for a yes.
type Held struct {
	User    string `json:"user" doc:"name@hive"`
	Contact string `json:"contact,omitempty" doc:"Local name of the user"`
	Deletes int64  `json:"deletes" doc:"Files and folders"`
}

// NewShare offers a folder to others.
type NewShare struct {
	Path    string      `json:"path" minLength:"1"`
	Name    string      `json:"name,omitempty" maxLength:"255" doc:"Default the name of the folder"`
	Members []NewMember `json:"members,omitempty" maxItems:"100"`
	Reshare bool        `json:"reshare,omitempty"`
	Expires *time.Time  `json:"expires,omitempty"`
}

// NewMember offers a share to one more.
type NewMember struct {
	User    string     `json:"user" minLength:"1" maxLength:"300" doc:"A name of this hive, the local name of a contact, or name@hive"`
	Role    string     `json:"role,omitempty" enum:"reader,writer" doc:"Default reader"`
	Expires *time.Time `json:"expires,omitempty"`
}

// ShareChange changes what is not nil. Mode and Quota are for shares from other hives, the others for one's own.
type ShareChange struct {
	Name     *string    `json:"name,omitempty" minLength:"1" maxLength:"255"`
	Reshare  *bool      `json:"reshare,omitempty"`
	Expires  *time.Time `json:"expires,omitempty"`
	NoExpiry bool       `json:"no_expiry,omitempty" doc:"It ends no more by itself"`
	Mode     *string    `json:"mode,omitempty" enum:"full,on-demand"`
	Quota    *int64     `json:"quota,omitempty" minimum:"-1"`
}

// MemberChange changes what is not nil.
type MemberChange struct {
	Role     *string    `json:"role,omitempty" enum:"reader,writer"`
	Expires  *time.Time `json:"expires,omitempty"`
	NoExpiry bool       `json:"no_expiry,omitempty"`
}

// Offer is a share that waits for an answer.
type Offer struct {
	ID      int64      `json:"id"`
	Share   string     `json:"share" doc:"Id of the share"`
	Name    string     `json:"name"`
	From    string     `json:"from" doc:"The owner: local name of a contact, a name of this hive, or name@hive"`
	By      string     `json:"by,omitempty" doc:"The member who offered it, name@hive; absent for the owner"`
	Role    string     `json:"role" enum:"reader,writer"`
	Created time.Time  `json:"created"`
	Expires *time.Time `json:"expires,omitempty"`
}

// AcceptOffer says where and how a share is taken. All of it may be left out.
type AcceptOffer struct {
	Path  string `json:"path,omitempty" doc:"Where to mount it; default its name in the top folder. A name that is taken gets a number"`
	Mode  string `json:"mode,omitempty" enum:"full,on-demand" doc:"Of a share of another hive; default full"`
	Quota *int64 `json:"quota,omitempty" minimum:"-1" doc:"Most bytes to keep of it; default as the hive sets it, -1 is no limit of its own"`
}

// Pending is a message for another hive that is not yet acknowledged.
type Pending struct {
	ID       int64     `json:"id"`
	Hive     string    `json:"hive" doc:"Peer id of who is to get it"`
	Contact  string    `json:"contact,omitempty" doc:"Local name of a contact at that hive"`
	Kind     string    `json:"kind" example:"offer"`
	Share    string    `json:"share,omitempty"`
	Created  time.Time `json:"created"`
	Attempts int64     `json:"attempts"`
	Next     time.Time `json:"next" doc:"When it is tried again"`
	Code     string    `json:"code" example:"unreachable" doc:"Why it has not arrived, for programs: waiting, unreachable, broken, or the code of a refusal"`
	Reason   string    `json:"reason,omitempty" doc:"The same in words"`
}
