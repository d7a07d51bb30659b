package apitype

import (
	"encoding/json"
	"time"
)

// AuditRecord is one thing that somebody did. Actor is empty for who was not signed in, and system for the owner at the machine.
type AuditRecord struct {
	ID      int64           `json:"id"`
	At      time.Time       `json:"at"`
	Actor   string          `json:"actor" doc:"User who did it; empty for nobody who is signed in, system for the owner in the data folder"`
	Address string          `json:"address" doc:"Where the request came from"`
	Action  string          `json:"action" example:"user.create" doc:"Stable words with dots between"`
	Target  string          `json:"target" doc:"What it was done to: a name, an id, a path"`
	Outcome string          `json:"outcome" enum:"ok,failed"`
	Details json.RawMessage `json:"details" doc:"An object that depends on the action; never a secret"`
}

// Settings are what an admin may change while the hive runs. What is not in Changed is as the configuration file has it.
type Settings struct {
	Name          string           `json:"name" doc:"Of the hive, as people see it"`
	Registration  string           `json:"registration" enum:"open,closed,code" doc:"Who may register"`
	Quota         int64            `json:"quota" doc:"Bytes of a new user; -1 is no limit"`
	SessionLife   int64            `json:"session_life" doc:"Seconds after its last use until a session ends"`
	TrashDays     int              `json:"trash_days" doc:"Days until what is in the trash goes; 0 is never"`
	ThinRevisions bool             `json:"thin_revisions" doc:"Old revisions go as they age"`
	ShareQuota    int64            `json:"share_quota" doc:"Bytes of a share of another hive, where its receiver says nothing; -1 is no limit"`
	AuditKeep     int64            `json:"audit_keep" doc:"Seconds it is kept who did what; 0 is for ever"`
	Changed       []SettingChanged `json:"changed" nullable:"false" doc:"What is not as in the configuration file"`
}

// SettingChanged says who set a setting, and when.
type SettingChanged struct {
	Name string    `json:"name"`
	At   time.Time `json:"at"`
	By   string    `json:"by"`
}

// SettingsChange changes what is not nil. What Reset names is again as the configuration file has it.
type SettingsChange struct {
	Name          *string  `json:"name,omitempty" maxLength:"64"`
	Registration  *string  `json:"registration,omitempty" enum:"open,closed,code"`
	Quota         *int64   `json:"quota,omitempty" minimum:"-1"`
	SessionLife   *int64   `json:"session_life,omitempty" minimum:"60" maximum:"3110400000"`
	TrashDays     *int     `json:"trash_days,omitempty" minimum:"0" maximum:"36500"`
	ThinRevisions *bool    `json:"thin_revisions,omitempty"`
	ShareQuota    *int64   `json:"share_quota,omitempty" minimum:"-1"`
	AuditKeep     *int64   `json:"audit_keep,omitempty" minimum:"0" maximum:"3110400000"`
	Reset         []string `json:"reset,omitempty" maxItems:"32"`
}

// Statistics are numbers over time.
type Statistics struct {
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Series []Series  `json:"series" nullable:"false"`
}

// Series is one number over time. Where it sums, a value is what passed from its time until the next; else it is how it was then.
type Series struct {
	Name   string  `json:"name" example:"users"`
	Sums   bool    `json:"sums"`
	Points []Point `json:"points" nullable:"false"`
}

// Point is one value of a series.
type Point struct {
	At    time.Time `json:"at"`
	Value int64     `json:"value"`
}

// Health says in words how the hive is. State is that of the worst part.
type Health struct {
	State string       `json:"state" enum:"ok,warning,failed"`
	Parts []HealthPart `json:"parts" nullable:"false"`
}

// HealthPart is how one part of the hive is.
type HealthPart struct {
	Name  string      `json:"name" enum:"database,disk,blocks,upkeep,network,deliveries,shares"`
	State string      `json:"state" enum:"ok,warning,failed"`
	Code  string      `json:"code" enum:"database_answers,database_silent,disk_free,disk_low,disk_full,disk_unknown,disk_silent,blocks_sound,blocks_damaged,blocks_unsafe,upkeep_well,upkeep_failing,network_connected,network_alone,network_unreached,network_off,deliveries_none,deliveries_underway,deliveries_late,deliveries_silent,shares_well,shares_held,shares_stuck,shares_silent" doc:"What Text says, for programs; others may come"`
	Facts HealthFacts `json:"facts" doc:"What the code is about; 0 and nothing are left out"`
	Text  string      `json:"text" doc:"For people; may change"`
}

// HealthFacts are what a HealthPart says, in numbers. Each belongs to the part that counts it.
type HealthFacts struct {
	Free      int64      `json:"free,omitempty" doc:"Bytes on the disk"`
	Reserve   int64      `json:"reserve,omitempty" doc:"Bytes under which writes are refused"`
	Damaged   int64      `json:"damaged,omitempty" doc:"Blocks that the last scrub found damaged"`
	Connected int        `json:"connected,omitempty" doc:"Hives"`
	Partners  int        `json:"partners,omitempty" doc:"Hives of contacts and shares"`
	Reached   int        `json:"reached,omitempty" doc:"Of those, connected"`
	Messages  int        `json:"messages,omitempty" doc:"On the way to other hives"`
	Hives     int        `json:"hives,omitempty" doc:"They are on the way to so many"`
	Oldest    *time.Time `json:"oldest,omitempty" doc:"When the oldest was written"`
	Shares    int        `json:"shares,omitempty"`
	Held      int        `json:"held,omitempty" doc:"Shares that wait for a yes to deletes"`
	Stuck     int        `json:"stuck,omitempty" doc:"Shares that have not got on for a day"`
	Share     string     `json:"share,omitempty" doc:"Name of one that is stuck"`
	Task      string     `json:"task,omitempty" doc:"Background work that failed when it last ran"`
	Reason    string     `json:"reason,omitempty" doc:"Error of a part that cannot be asked, or that failed"`
}

// ShareOverview is a share as who runs the hive sees it.
type ShareOverview struct {
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	Own      bool         `json:"own" doc:"Of a user of this hive"`
	Owner    string       `json:"owner" doc:"name, or name@hive"`
	Created  time.Time    `json:"created"`
	Expires  *time.Time   `json:"expires,omitempty"`
	Members  int          `json:"members" doc:"Who may read it now, or was offered it"`
	Accepted int          `json:"accepted" doc:"Of those, who accepted"`
	Pending  int          `json:"pending" doc:"Messages about it to other hives that have not arrived"`
	Replica  int64        `json:"replica" doc:"Bytes that a share of another hive takes up here; an own one is in the home of its owner"`
	Status   *ShareStatus `json:"status,omitempty"`
}
