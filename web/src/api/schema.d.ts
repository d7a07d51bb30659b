// Made by make page-types from /api/openapi.json; do not edit.

export interface paths {
    "/api/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["get-document"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Own account, what it uses and what the token may do */
        get: operations["get-account"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change the own password; other sessions and tokens end
         * @description Needs the scope `account`.
         */
        put: operations["change-password"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/archive/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A folder or file as a zip stream
         * @description Needs the scope `files:read`.
         */
        get: operations["get-archive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/archives": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Choose entries of a folder, for a zip of them
         * @description Needs the scope `files:read`.
         */
        post: operations["prepare-archive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/archives/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The entries that were chosen as a zip stream
         * @description Needs the scope `files:read`.
         */
        get: operations["get-prepared-archive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who did what, newest first
         * @description Needs the scope `admin`.
         */
        get: operations["list-audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/car/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A folder or file as a CAR
         * @description Needs the scope `files:read`.
         */
        get: operations["export"];
        put?: never;
        /**
         * Store the content of a CAR at a path
         * @description Needs the scope `files:write`.
         */
        post: operations["import"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What changed, as JSON or, for Accept: text/event-stream, as it happens
         * @description Needs the scope `files:read`.
         */
        get: operations["list-changes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chunk/{cid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Send a chunk, which waits a day to be named by a list
         * @description Needs the scope `files:write`.
         */
        put: operations["put-chunk"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Send a chunk as a delta to an extent of a file
         * @description Needs the scopes `files:write` and `files:read`.
         */
        patch: operations["patch-chunk"];
        trace?: never;
    };
    "/api/v1/chunks/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The chunks of a file in order
         * @description Needs the scope `files:read`.
         */
        get: operations["get-chunks"];
        /**
         * Store a file that is there in chunks: of files one may read, and chunks that were sent
         * @description Needs the scope `files:write`.
         */
        put: operations["put-chunks"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/contacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Users of other hives that one knows
         * @description Needs the scope `files:read`.
         */
        get: operations["list-contacts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/contacts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Forget a contact; shares go on, offers from there are refused
         * @description Needs the scope `files:write`.
         */
        delete: operations["delete-contact"];
        options?: never;
        head?: never;
        /**
         * Give a contact another local name
         * @description Needs the scope `files:write`.
         */
        patch: operations["rename-contact"];
        trace?: never;
    };
    "/api/v1/copy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Copy an entry with all that is in it
         * @description Needs the scope `files:write`.
         */
        post: operations["copy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/delta/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Delta from the state that a signature is of to a file, for rdiff patch
         * @description Needs the scope `files:read`.
         */
        post: operations["make-delta"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Own devices
         * @description Needs the scope `account`.
         */
        get: operations["list-devices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/devices/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Forget a device and end its tokens
         * @description Needs the scope `account`.
         */
        delete: operations["remove-device"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/doctor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How well this hive is reached, and whether it reaches another
         * @description Needs the scope `admin`.
         */
        get: operations["doctor"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/entries/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metadata of a file or folder
         * @description Needs the scope `files:read`.
         */
        get: operations["get-entry"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change time or exec bit
         * @description Needs the scope `files:write`.
         */
        patch: operations["update-entry"];
        trace?: never;
    };
    "/api/v1/files/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Content of a file
         * @description Needs the scope `files:read`.
         */
        get: operations["get-file"];
        /**
         * Store a file
         * @description Needs the scope `files:write`.
         */
        put: operations["put-file"];
        post?: never;
        /**
         * Put a file or folder in the trash
         * @description Needs the scope `files:write`.
         */
        delete: operations["remove"];
        options?: never;
        /**
         * Headers of a file's content
         * @description Needs the scope `files:read`.
         */
        head: operations["head-file"];
        /**
         * New revision of a file by a delta
         * @description Needs the scopes `files:write` and `files:read`.
         */
        patch: operations["patch-file"];
        trace?: never;
    };
    "/api/v1/folders/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Entries of a folder, folders first
         * @description Needs the scope `files:read`.
         */
        get: operations["list-folder"];
        /**
         * Make a folder
         * @description Needs the scope `files:write`.
         */
        put: operations["create-folder"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the hive is, part by part, in words
         * @description Needs the scope `admin`.
         */
        get: operations["get-health-report"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How other hives reach this one */
        get: operations["get-hive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Own invitations, newest first
         * @description Needs the scope `files:read`.
         */
        get: operations["list-invitations"];
        put?: never;
        /**
         * Invite a user of another hive; the code is shown this once
         * @description Needs the scope `files:write`.
         */
        post: operations["create-invitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitations/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Accept an invitation of a user of another hive, which is asked at once
         * @description Needs the scope `files:write`.
         */
        post: operations["accept-invitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Make an invitation useless
         * @description Needs the scope `files:write`.
         */
        delete: operations["delete-invitation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/lacking": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Which chunks are neither in certain files nor were sent
         * @description Needs the scope `files:read`.
         */
        post: operations["lacking"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The user's links, or those of one entry, oldest first
         * @description Needs the scope `files:read`.
         */
        get: operations["list-links"];
        put?: never;
        /**
         * Make a public link
         * @description Needs the scope `files:write`.
         */
        post: operations["create-link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/links/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End a link
         * @description Needs the scope `files:write`.
         */
        delete: operations["delete-link"];
        options?: never;
        head?: never;
        /**
         * Change a link
         * @description Needs the scope `files:write`.
         */
        patch: operations["update-link"];
        trace?: never;
    };
    "/api/v1/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Open a session and get its bearer token */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/app-passwords": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Own app passwords, newest first
         * @description Needs the scope `account`.
         */
        get: operations["list-app-passwords"];
        put?: never;
        /**
         * Make a password for a program; it is shown this once
         * @description Needs the scope `account`.
         */
        post: operations["create-app-password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/app-passwords/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End an app password
         * @description Needs the scope `account`.
         */
        delete: operations["end-app-password"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether signing in needs a code too
         * @description Needs the scope `account`.
         */
        get: operations["get-totp"];
        /**
         * Turn codes on by a first one; the recovery codes are shown this once
         * @description Needs the scope `account`.
         */
        put: operations["confirm-totp"];
        /**
         * Make a secret for codes; nothing asks for them before the first was given
         * @description Needs the scope `account`.
         */
        post: operations["begin-totp"];
        /**
         * Turn codes off
         * @description Needs the scope `account`.
         */
        delete: operations["end-totp"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/move": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Move or rename an entry
         * @description Needs the scope `files:write`.
         */
        post: operations["move"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/offers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Shares that wait for an answer, oldest first
         * @description Needs the scope `files:read`.
         */
        get: operations["list-offers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/offers/{id}/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a share and mount its folder
         * @description Needs the scope `files:write`.
         */
        post: operations["accept-offer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/offers/{id}/decline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Refuse a share
         * @description Needs the scope `files:write`.
         */
        post: operations["decline-offer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/overview/pending": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All that waits for other hives, and why
         * @description Needs the scope `admin`.
         */
        get: operations["list-all-pending"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/overview/shares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All shares that go on, of all users
         * @description Needs the scope `admin`.
         */
        get: operations["list-all-shares"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/peers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Hives that are known or connected
         * @description Needs the scope `admin`.
         */
        get: operations["list-peers"];
        put?: never;
        /**
         * Remember an address of a hive and connect with it
         * @description Needs the scope `admin`.
         */
        post: operations["add-peer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/peers/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Forget a hive and its addresses
         * @description Needs the scope `admin`.
         */
        delete: operations["forget-peer"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/peers/{id}/block": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Keep a hive out
         * @description Needs the scope `admin`.
         */
        put: operations["block-peer"];
        post?: never;
        /**
         * Let a blocked hive in again
         * @description Needs the scope `admin`.
         */
        delete: operations["unblock-peer"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/peers/{id}/find": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Look a hive up in the distributed hash table
         * @description Needs the scope `admin`.
         */
        get: operations["find-peer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pending": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What waits to be delivered to other hives, and why
         * @description Needs the scope `files:read`.
         */
        get: operations["list-pending"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pending/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try to deliver it now
         * @description Needs the scope `files:write`.
         */
        post: operations["retry-pending"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/public/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a link is */
        get: operations["get-public-link"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/public/{token}/archive/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A folder behind a link as a zip stream; counts as a use */
        get: operations["get-public-archive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/public/{token}/content/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Content of a file behind a link; counts as a use once, whatever its ranges */
        get: operations["get-public-file"];
        /** Bring a file by a link for uploads; replaces nothing */
        put: operations["put-public-file"];
        post?: never;
        delete?: never;
        options?: never;
        /** Headers of a file behind a link */
        head: operations["head-public-file"];
        patch?: never;
        trace?: never;
    };
    "/api/v1/public/{token}/list/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Entries of a folder behind a link */
        get: operations["list-public-folder"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/public/{token}/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give the password of a link, for a cookie */
        post: operations["unlock-public-link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/public/{token}/thumbnails/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Small picture of a file behind a link, of one whose uses have no number */
        get: operations["get-public-thumbnail"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make an account, where the hive lets people register */
        post: operations["register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/registration-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Registration codes
         * @description Needs the scope `admin`.
         */
        get: operations["list-codes"];
        put?: never;
        /**
         * Make a registration code; its secret is shown this once
         * @description Needs the scope `admin`.
         */
        post: operations["create-code"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/registration-codes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End a registration code
         * @description Needs the scope `admin`.
         */
        delete: operations["revoke-code"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Set a new password by a code of an admin; sessions and tokens end */
        post: operations["reset-password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/revisions/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Revisions of a file, newest first
         * @description Needs the scope `files:read`.
         */
        get: operations["list-revisions"];
        put?: never;
        /**
         * Make an old revision the newest
         * @description Needs the scope `files:write`.
         */
        post: operations["restore-revision"];
        /**
         * Delete an old revision for good
         * @description Needs the scope `files:write`.
         */
        delete: operations["delete-revision"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Entries whose name contains a text, in upper or lower case
         * @description Needs the scope `files:read`.
         */
        get: operations["search"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/server": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the hive tells everyone */
        get: operations["get-server"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Open a session and get its cookie */
        post: operations["open-session"];
        /** End the present session or token */
        delete: operations["close-session"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What may change while the hive runs
         * @description Needs the scope `admin`.
         */
        get: operations["get-settings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change settings, all or none, at once
         * @description Needs the scope `admin`.
         */
        patch: operations["change-settings"];
        trace?: never;
    };
    "/api/v1/shares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Own shares, and those one is a member of
         * @description Needs the scope `files:read`.
         */
        get: operations["list-shares"];
        put?: never;
        /**
         * Offer a folder to others
         * @description Needs the scopes `files:write` and `files:read`.
         */
        post: operations["create-share"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shares/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One share, its members and how far it has come
         * @description Needs the scope `files:read`.
         */
        get: operations["get-share"];
        put?: never;
        post?: never;
        /**
         * Stop sharing a folder, or leave the share of another
         * @description Needs the scope `files:write`.
         */
        delete: operations["leave-share"];
        options?: never;
        head?: never;
        /**
         * Change a share
         * @description Needs the scopes `files:write` and `files:read`.
         */
        patch: operations["update-share"];
        trace?: never;
    };
    "/api/v1/shares/{id}/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let a change go ahead that deletes much and was held back
         * @description Needs the scope `files:write`.
         */
        post: operations["confirm-deletes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shares/{id}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Offer a share to one more
         * @description Needs the scopes `files:write` and `files:read`.
         */
        post: operations["add-member"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/shares/{id}/members/{member}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take a share from a member
         * @description Needs the scope `files:write`.
         */
        delete: operations["revoke"];
        options?: never;
        head?: never;
        /**
         * Change what a member may do
         * @description Needs the scopes `files:write` and `files:read`.
         */
        patch: operations["update-member"];
        trace?: never;
    };
    "/api/v1/shares/{id}/refuse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Refuse what members propose to an own share, where it deletes much and was held back
         * @description Needs the scope `files:write`.
         */
        post: operations["refuse-deletes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/signature/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Signature of a file, for rdiff delta
         * @description Needs the scope `files:read`.
         */
        get: operations["get-signature"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/statistics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the hive was over time
         * @description Needs the scope `admin`.
         */
        get: operations["get-statistics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/storage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * State of the block store
         * @description Needs the scope `admin`.
         */
        get: operations["get-storage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/thumbnails/{path}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Small picture of a file
         * @description Needs the scope `files:read`.
         */
        get: operations["get-thumbnail"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Own sessions and tokens, newest first
         * @description Needs the scope `account`.
         */
        get: operations["list-tokens"];
        put?: never;
        /**
         * Make a token; its secret is shown this once
         * @description Needs the scope `account`.
         */
        post: operations["create-token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End a session or token
         * @description Needs the scope `account`.
         */
        delete: operations["revoke-token"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trash": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is in the trash, latest first
         * @description Needs the scope `files:read`.
         */
        get: operations["list-trash"];
        put?: never;
        post?: never;
        /**
         * Delete everything in the trash for good
         * @description Needs the scope `files:write`.
         */
        delete: operations["empty-trash"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trash/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete an entry of the trash for good
         * @description Needs the scope `files:write`.
         */
        delete: operations["purge"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trash/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Bring an entry back
         * @description Needs the scope `files:write`.
         */
        post: operations["restore"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tus": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Unfinished uploads of the user
         * @description Needs the scope `files:read`.
         */
        get: operations["list-uploads"];
        put?: never;
        /**
         * Begin an upload, with or without its first bytes
         * @description Needs the scope `files:write`.
         */
        post: operations["create-upload"];
        delete?: never;
        /** What of tus the hive speaks */
        options: operations["tus-options"];
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tus/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End an upload
         * @description Needs the scope `files:write`.
         */
        delete: operations["delete-upload"];
        options?: never;
        /**
         * How far an upload is; a request that sends to it is ended
         * @description Needs the scope `files:write`.
         */
        head: operations["head-upload"];
        /**
         * Send the bytes that come next; with the last one the file is there
         * @description Needs the scope `files:write`.
         */
        patch: operations["patch-upload"];
        trace?: never;
    };
    "/api/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Accounts by name
         * @description Needs the scope `admin`.
         */
        get: operations["list-users"];
        put?: never;
        /**
         * Make an account
         * @description Needs the scope `admin`.
         */
        post: operations["create-user"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One account
         * @description Needs the scope `admin`.
         */
        get: operations["get-user"];
        put?: never;
        post?: never;
        /**
         * Remove an account and everything in its home
         * @description Needs the scope `admin`.
         */
        delete: operations["delete-user"];
        options?: never;
        head?: never;
        /**
         * Change admin, disabled or quota
         * @description Needs the scope `admin`.
         */
        patch: operations["update-user"];
        trace?: never;
    };
    "/api/v1/users/{name}/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set a password; the user's sessions and tokens end
         * @description Needs the scope `admin`.
         */
        put: operations["set-password"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{name}/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a code by which a user sets a new password; it is shown this once
         * @description Needs the scope `admin`.
         */
        post: operations["create-reset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{name}/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Take the second factor off a user who lost it
         * @description Needs the scope `admin`.
         */
        delete: operations["reset-totp"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process lives */
        get: operations["get-health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the hive can serve */
        get: operations["get-readiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AcceptInvitation: {
            code: string;
            /** @description Name for the contact here; default as they are called there */
            name?: string;
        };
        AcceptOffer: {
            /**
             * @description Of a share of another hive; default full
             * @enum {string}
             */
            mode?: "full" | "on-demand";
            /** @description Where to mount it; default its name in the top folder. A name that is taken gets a number */
            path?: string;
            /**
             * Format: int64
             * @description Most bytes to keep of it; default as the hive sets it, -1 is no limit of its own
             */
            quota?: number;
        };
        AcceptedInvitation: {
            contact: components["schemas"]["Contact"];
            offer?: components["schemas"]["Offer"];
        };
        Account: {
            /** @description What the present token may do */
            scopes: string[];
            usage: components["schemas"]["Usage"];
            user: components["schemas"]["User"];
        };
        AppPassword: {
            /** @description Where it was last used from */
            address?: string;
            /** Format: date-time */
            created: string;
            /** Format: date-time */
            expires?: string;
            /** Format: int64 */
            id: number;
            /** Format: date-time */
            last_used?: string;
            name: string;
            scopes: string[];
        };
        Archive: {
            /**
             * Format: date-time
             * @description When it is forgotten, at the latest
             */
            expires: string;
            url: string;
        };
        AuditRecord: {
            /**
             * @description Stable words with dots between
             * @example user.create
             */
            action: string;
            /** @description User who did it; empty for nobody who is signed in, system for the owner in the data folder */
            actor: string;
            /** @description Where the request came from */
            address: string;
            /** Format: date-time */
            at: string;
            /** @description An object that depends on the action; never a secret */
            details: unknown;
            /** Format: int64 */
            id: number;
            /** @enum {string} */
            outcome: "ok" | "failed";
            /** @description What it was done to: a name, an id, a path */
            target: string;
        };
        Brought: {
            name: string;
            /** Format: int64 */
            size: number;
        };
        Change: {
            /** Format: int64 */
            device?: number;
            /**
             * Format: int64
             * @description Id of the entry
             */
            entry: number;
            /** @enum {string} */
            entry_kind: "file" | "folder";
            /** @description Where a moved entry was */
            from?: string;
            /**
             * @description create, update, meta, move, delete, restore or purge
             * @example create
             */
            kind: string;
            path: string;
            /** Format: int64 */
            revision?: number;
            root?: string;
            /**
             * Format: int64
             * @description Number of the change; they rise, gaps are possible
             */
            seq: number;
            /** Format: int64 */
            size: number;
            /** Format: date-time */
            time: string;
            /** Format: int64 */
            user: number;
        };
        Changes: {
            items: components["schemas"]["Change"][];
            /**
             * Format: int64
             * @description Number of the last change given, or what was asked when there is none
             */
            last: number;
        };
        ChunkList: {
            /** @description Default as it was */
            exec?: boolean;
            /** @description What pieces are from */
            files?: components["schemas"]["FileAt"][] | null;
            /**
             * Format: date-time
             * @description Default now
             */
            mtime?: string;
            /** @description Make the folders above */
            parents?: boolean;
            pieces: components["schemas"]["Piece"][] | null;
        };
        ChunkQuestion: {
            /** @description CIDs */
            chunks: string[] | null;
            /** @description Files whose chunks need not be sent */
            files: components["schemas"]["FileAt"][] | null;
        };
        Collected: {
            /** Format: date-time */
            at: string;
            /**
             * Format: int64
             * @description Their bytes
             */
            freed: number;
            /**
             * Format: int64
             * @description Blocks that nothing named any more
             */
            removed: number;
        };
        Contact: {
            /** Format: date-time */
            created: string;
            /** @description Peer id */
            hive: string;
            /** Format: int64 */
            id: number;
            /** @description Local name; shares can be made with it */
            name: string;
            /** @description name@hive */
            user: string;
        };
        ContactChange: {
            name: string;
        };
        Device: {
            /** Format: date-time */
            created: string;
            /** Format: int64 */
            id: number;
            /** Format: date-time */
            last_seen: string;
            name: string;
        };
        Doctor: {
            /** @description What would help, in words */
            advice: string[];
            /** @description The same for programs, in the same order: add_hive, check_bootstrap, forward_port, router_silent, upnp_off; others may come */
            advice_codes: string[];
            /** @description Addresses that others are told */
            announced: string[];
            /** @description How that is known, or why it is not, in words */
            because?: string;
            /** @description The address at which this hive was called back */
            because_about?: string;
            /** @description The same for programs: configured, called_back, not_called_back, alone, local_addresses, not_tried; others may come */
            because_code?: string;
            /**
             * Format: int64
             * @description Hives that are connected
             */
            connected: number;
            /** @enum {string} */
            dht: "client" | "server" | "off";
            id: string;
            /** @description Addresses of this machine that the hive listens on */
            listening: string[];
            /** @description Addresses that the router at home forwards */
            mapping: string[];
            /**
             * @description Whether others can open connections to this hive
             * @enum {string}
             */
            reachability: "public" | "private" | "unknown";
            /** @description Whether this hive is a relay for others */
            relaying: boolean;
            /** @description Hives through which this one can be reached */
            relays: string[];
            /**
             * Format: int64
             * @description Hives in the routing table
             */
            table: number;
            target?: components["schemas"]["DoctorTarget"];
        };
        DoctorDial: {
            addr: string;
            /** @description In words */
            error?: string;
            /** @description The hive that answers there, or the name that is not found */
            error_about?: string;
            /** @description The same for programs: self, blocked, other_hive, refused, no_way, name_not_found, not_called, not_at_relay, relay_refuses, no_address, timeout, hung_up; other, or one that is to come, where only the words say it */
            error_code?: string;
            ok: boolean;
            /** Format: double */
            took_ms: number;
        };
        DoctorTarget: {
            /** @description Where it answers */
            addr?: string;
            /** @description Addresses known of it */
            addrs: string[];
            attempts: components["schemas"]["DoctorDial"][];
            /** @description Why it cannot be reached, in words */
            error?: string;
            error_about?: string;
            /** @description The same for programs, as in DoctorDial */
            error_code?: string;
            /** @description What the distributed hash table has of it */
            found?: components["schemas"]["FoundPeer"];
            id: string;
            /**
             * Format: double
             * @description Round trip in milliseconds
             */
            latency_ms?: number;
            /** @enum {string} */
            way: "direct" | "hole-punched" | "relayed" | "none";
        };
        EndTOTP: {
            /** @description Of the app, or a recovery code */
            code: string;
            password: string;
        };
        Entry: {
            /** @description The content is on another hive and comes when it is read */
            absent?: boolean;
            /**
             * Format: int64
             * @description Id of the user who wrote it last
             */
            author?: number;
            /** Format: date-time */
            changed: string;
            /** Format: date-time */
            created: string;
            /** @description For If-Match and If-None-Match, quotes included */
            etag: string;
            exec?: boolean;
            /**
             * Format: int64
             * @description Stays the same when the entry is moved
             */
            id: number;
            /** @enum {string} */
            kind: "file" | "folder";
            /** @description Id of the share whose folder is mounted here */
            mount?: string;
            /** Format: date-time */
            mtime: string;
            name: string;
            path: string;
            /** @description It is, or lies in, a share that one may only read */
            read_only?: boolean;
            /**
             * Format: int64
             * @description Number of the newest revision
             */
            revision?: number;
            /**
             * @description In the share that is mounted here
             * @enum {string}
             */
            role?: "reader" | "writer";
            /** @description CID of the content */
            root?: string;
            /** Format: int64 */
            size: number;
            /** @description A small picture of it may be had */
            thumbnail?: boolean;
        };
        FieldError: {
            /** @example body.user */
            location?: string;
            message: string;
        };
        FileAt: {
            path: string;
            /** Format: int64 */
            revision?: number;
        };
        FoundPeer: {
            addrs: string[];
            /**
             * Format: int64
             * @description Steps to the hive that knew it
             */
            hops: number;
            id: string;
            /**
             * Format: int64
             * @description Messages that the look-up took
             */
            messages: number;
            /** @description Of the hive's signed record; absent where there is none */
            name?: string;
            /**
             * Format: double
             * @description Milliseconds
             */
            took_ms: number;
            url?: string;
            version?: string;
        };
        Health: {
            parts: components["schemas"]["HealthPart"][];
            /** @enum {string} */
            state: "ok" | "warning" | "failed";
        };
        HealthFacts: {
            /**
             * Format: int64
             * @description Hives
             */
            connected?: number;
            /**
             * Format: int64
             * @description Blocks that the last scrub found damaged
             */
            damaged?: number;
            /**
             * Format: int64
             * @description Bytes on the disk
             */
            free?: number;
            /**
             * Format: int64
             * @description Shares that wait for a yes to deletes
             */
            held?: number;
            /**
             * Format: int64
             * @description They are on the way to so many
             */
            hives?: number;
            /**
             * Format: int64
             * @description On the way to other hives
             */
            messages?: number;
            /**
             * Format: date-time
             * @description When the oldest was written
             */
            oldest?: string;
            /**
             * Format: int64
             * @description Hives of contacts and shares
             */
            partners?: number;
            /**
             * Format: int64
             * @description Of those, connected
             */
            reached?: number;
            /** @description Error of a part that cannot be asked, or that failed */
            reason?: string;
            /**
             * Format: int64
             * @description Bytes under which writes are refused
             */
            reserve?: number;
            /** @description Name of one that is stuck */
            share?: string;
            /** Format: int64 */
            shares?: number;
            /**
             * Format: int64
             * @description Shares that have not got on for a day
             */
            stuck?: number;
            /** @description Background work that failed when it last ran */
            task?: string;
        };
        HealthPart: {
            /**
             * @description What Text says, for programs; others may come
             * @enum {string}
             */
            code: "database_answers" | "database_silent" | "disk_free" | "disk_low" | "disk_full" | "disk_unknown" | "disk_silent" | "blocks_sound" | "blocks_damaged" | "blocks_unsafe" | "upkeep_well" | "upkeep_failing" | "network_connected" | "network_alone" | "network_unreached" | "network_off" | "deliveries_none" | "deliveries_underway" | "deliveries_late" | "deliveries_silent" | "shares_well" | "shares_held" | "shares_stuck" | "shares_silent";
            /** @description What the code is about; 0 and nothing are left out */
            facts: components["schemas"]["HealthFacts"];
            /** @enum {string} */
            name: "database" | "disk" | "blocks" | "upkeep" | "network" | "deliveries" | "shares";
            /** @enum {string} */
            state: "ok" | "warning" | "failed";
            /** @description For people; may change */
            text: string;
        };
        Held: {
            /** @description Local name of the user */
            contact?: string;
            /**
             * Format: int64
             * @description Files and folders
             */
            deletes: number;
            /** @description name@hive */
            user: string;
        };
        Hive: {
            /** @description Multiaddrs with /p2p/ and the id; empty where the hive is not on the network */
            addrs: string[];
            /** @description Peer id: what the hive is known by. A user is name@id */
            id: string;
            name: string;
            version: string;
        };
        Imported: {
            /** Format: int64 */
            bytes: number;
            /** Format: int64 */
            files: number;
            /** Format: int64 */
            folders: number;
        };
        Invitation: {
            /** @description The secret to hand over, shown this once */
            code?: string;
            /** Format: date-time */
            created: string;
            /** Format: date-time */
            expires: string;
            /** Format: int64 */
            id: number;
            /** @description For oneself: whom it is for */
            note?: string;
            /** @enum {string} */
            role?: "reader" | "writer";
            /** @description Id of the share that it offers */
            share?: string;
            /** Format: date-time */
            used?: string;
            /** @description name@hive of who accepted it */
            used_by?: string;
        };
        IssuedAppPassword: {
            /** @description Where it was last used from */
            address?: string;
            /** Format: date-time */
            created: string;
            /** Format: date-time */
            expires?: string;
            /** Format: int64 */
            id: number;
            /** Format: date-time */
            last_used?: string;
            name: string;
            password: string;
            scopes: string[];
        };
        IssuedCode: {
            code: components["schemas"]["RegistrationCode"];
            secret: string;
        };
        IssuedToken: {
            secret: string;
            token: components["schemas"]["Token"];
        };
        Lacking: {
            chunks: string[] | null;
        };
        Limits: {
            /**
             * Format: int64
             * @description Largest JSON request body
             */
            json_bytes: number;
            /**
             * Format: int64
             * @description Longest name of an entry, in bytes of UTF-8
             */
            name_bytes: number;
            /**
             * Format: int64
             * @description Most items of one page
             */
            page_items: number;
        };
        Link: {
            /** Format: date-time */
            created: string;
            /** Format: date-time */
            expires?: string;
            has_password: boolean;
            /** Format: int64 */
            id: number;
            /** @enum {string} */
            mode: "download" | "upload";
            /** @description Of what it leads to, wherever that is by now; empty while it is in the trash */
            path: string;
            /** @description For people; the last part is the token of the routes under /public */
            url: string;
            /**
             * Format: int64
             * @description Downloads, or uploads
             */
            used: number;
            /**
             * Format: int64
             * @description How often it can be used; absent for ever
             */
            uses?: number;
        };
        LinkChange: {
            /** Format: date-time */
            expires?: string;
            /** @enum {string} */
            mode?: "download" | "upload";
            no_expiry?: boolean;
            /** @description An empty one takes it off */
            password?: string;
            /**
             * Format: int64
             * @description 0 is for ever
             */
            uses?: number;
        };
        LinkPassword: {
            password: string;
        };
        Login: {
            /** @description Name of the device that signs in */
            device?: string;
            password: string;
            /** @description Code of the second factor, or a recovery code, where the user has one */
            totp?: string;
            user: string;
        };
        Member: {
            /** @description Local name of a user of another hive */
            contact?: string;
            /** Format: date-time */
            expires?: string;
            /**
             * Format: int64
             * @description Number of the newest state that the hive of the member has said it has; for the owner
             */
            has?: number;
            /** Format: int64 */
            id: number;
            /** @description The member who offered it, name@hive; absent for the owner */
            invited_by?: string;
            /** @enum {string} */
            role: "reader" | "writer";
            /**
             * @description refused: the other hive has no such user, or the two are no contacts
             * @enum {string}
             */
            state: "offered" | "accepted" | "declined" | "left" | "revoked" | "refused";
            /**
             * Format: date-time
             * @description When it said so
             */
            synced?: string;
            /** @description A name of this hive, or name@hive */
            user: string;
        };
        MemberChange: {
            /** Format: date-time */
            expires?: string;
            no_expiry?: boolean;
            /** @enum {string} */
            role?: "reader" | "writer";
        };
        Meta: {
            exec?: boolean;
            /** Format: date-time */
            mtime?: string;
        };
        NewAppPassword: {
            /** Format: date-time */
            expires?: string;
            name: string;
            scopes?: ("files:read" | "files:write")[] | null;
        };
        NewArchive: {
            /** @description Their names */
            entries: string[] | null;
            /** @description Of the folder */
            path: string;
        };
        NewInvitation: {
            /**
             * Format: date-time
             * @description Default in 7 days
             */
            expires?: string;
            note?: string;
            /**
             * @description In the share; default reader
             * @enum {string}
             */
            role?: "reader" | "writer";
            /** @description Id of a share of one's own to offer */
            share?: string;
        };
        NewLink: {
            /** Format: date-time */
            expires?: string;
            /**
             * @description Default download
             * @enum {string}
             */
            mode?: "download" | "upload";
            /** @description At least 10 characters */
            password?: string;
            path: string;
            /** Format: int64 */
            uses?: number;
        };
        NewMember: {
            /** Format: date-time */
            expires?: string;
            /**
             * @description Default reader
             * @enum {string}
             */
            role?: "reader" | "writer";
            /** @description A name of this hive, the local name of a contact, or name@hive */
            user: string;
        };
        NewPeer: {
            /**
             * @description Multiaddr with /p2p/ and the id
             * @example /dns4/hive.example.org/tcp/4484/p2p/12D3KooW…
             */
            addr: string;
        };
        NewRegistrationCode: {
            /** Format: date-time */
            expires?: string;
            /** Format: int64 */
            uses: number;
        };
        NewShare: {
            /** Format: date-time */
            expires?: string;
            members?: components["schemas"]["NewMember"][] | null;
            /** @description Default the name of the folder */
            name?: string;
            path: string;
            reshare?: boolean;
        };
        NewToken: {
            /** Format: date-time */
            expires?: string;
            name: string;
            scopes: ("files:read" | "files:write" | "account" | "admin")[];
        };
        NewUser: {
            admin?: boolean;
            name: string;
            password: string;
            /** Format: int64 */
            quota?: number;
        };
        Offer: {
            /** @description The member who offered it, name@hive; absent for the owner */
            by?: string;
            /** Format: date-time */
            created: string;
            /** Format: date-time */
            expires?: string;
            /** @description The owner: local name of a contact, a name of this hive, or name@hive */
            from: string;
            /** Format: int64 */
            id: number;
            name: string;
            /** @enum {string} */
            role: "reader" | "writer";
            /** @description Id of the share */
            share: string;
        };
        PageAppPassword: {
            items: components["schemas"]["AppPassword"][];
            /** @description Cursor of the next page; absent on the last */
            next?: string;
        };
        PageAuditRecord: {
            items: components["schemas"]["AuditRecord"][];
            /** @description Cursor of the next page; absent on the last */
            next?: string;
        };
        PageContact: {
            items: components["schemas"]["Contact"][];
            /** @description Cursor of the next page; absent on the last */
            next?: string;
        };
        PageDevice: {
            items: components["schemas"]["Device"][];
            /** @description Cursor of the next page; absent on the last */
            next?: string;
        };
        PageEntry: {
            items: components["schemas"]["Entry"][];
            /** @description Cursor of the next page; absent on the last */
            next?: string;
        };
        PageInvitation: {
            items: components["schemas"]["Invitation"][];
            /** @description Cursor of the next page; absent on the last */
            next?: string;
        };
        PageLink: {
            items: components["schemas"]["Link"][];
            /** @description Cursor of the next page; absent on the last */
            next?: string;
        };
        PageOffer: {
            items: components["schemas"]["Offer"][];
            /** @description Cursor of the next page; absent on the last */
            next?: string;
        };
        PagePeer: {
            items: components["schemas"]["Peer"][];
            /** @description Cursor of the next page; absent on the last */
            next?: string;
        };
        PagePending: {
            items: components["schemas"]["Pending"][];
            /** @description Cursor of the next page; absent on the last */
            next?: string;
        };
        PagePublicEntry: {
            items: components["schemas"]["PublicEntry"][];
            /** @description Cursor of the next page; absent on the last */
            next?: string;
        };
        PageRegistrationCode: {
            items: components["schemas"]["RegistrationCode"][];
            /** @description Cursor of the next page; absent on the last */
            next?: string;
        };
        PageRevision: {
            items: components["schemas"]["Revision"][];
            /** @description Cursor of the next page; absent on the last */
            next?: string;
        };
        PageShare: {
            items: components["schemas"]["Share"][];
            /** @description Cursor of the next page; absent on the last */
            next?: string;
        };
        PageShareOverview: {
            items: components["schemas"]["ShareOverview"][];
            /** @description Cursor of the next page; absent on the last */
            next?: string;
        };
        PageToken: {
            items: components["schemas"]["Token"][];
            /** @description Cursor of the next page; absent on the last */
            next?: string;
        };
        PageTrashed: {
            items: components["schemas"]["Trashed"][];
            /** @description Cursor of the next page; absent on the last */
            next?: string;
        };
        PageUpload: {
            items: components["schemas"]["Upload"][];
            /** @description Cursor of the next page; absent on the last */
            next?: string;
        };
        PageUser: {
            items: components["schemas"]["User"][];
            /** @description Cursor of the next page; absent on the last */
            next?: string;
        };
        Password: {
            password: string;
        };
        PasswordChange: {
            new: string;
            old: string;
        };
        Peer: {
            addrs: string[];
            /** @example hive/0.3.0 */
            agent?: string;
            blocked?: boolean;
            /** Format: int64 */
            bytes_in: number;
            /** Format: int64 */
            bytes_out: number;
            connected: boolean;
            /**
             * @description How it was found: mdns, dht, bootstrap, known or incoming
             * @example mdns
             */
            discovered?: string;
            /** @description Why it could not be connected when it was added, in words */
            error?: string;
            error_about?: string;
            /** @description The same for programs, as in DoctorDial */
            error_code?: string;
            id: string;
            /**
             * Format: double
             * @description Round trip in milliseconds
             */
            latency_ms?: number;
            /** @description What the hive calls itself */
            name?: string;
            /** @description It belongs to a contact or a share: the hive stays connected with it */
            protected?: boolean;
            /**
             * Format: date-time
             * @description Start of the connection
             */
            since?: string;
            /** @example quic-v1 */
            transport?: string;
            /**
             * @description How the connection goes
             * @enum {string}
             */
            way?: "direct" | "relayed";
        };
        Pending: {
            /** Format: int64 */
            attempts: number;
            /**
             * @description Why it has not arrived, for programs: waiting, unreachable, broken, or the code of a refusal
             * @example unreachable
             */
            code: string;
            /** @description Local name of a contact at that hive */
            contact?: string;
            /** Format: date-time */
            created: string;
            /** @description Peer id of who is to get it */
            hive: string;
            /** Format: int64 */
            id: number;
            /** @example offer */
            kind: string;
            /**
             * Format: date-time
             * @description When it is tried again
             */
            next: string;
            /** @description The same in words */
            reason?: string;
            share?: string;
        };
        Piece: {
            /** @description CID of a chunk that was sent; or */
            chunk?: string;
            /**
             * Format: int64
             * @description Which of files the bytes are from
             */
            file?: number;
            /**
             * Format: int64
             * @description Bytes, of a chunk too
             */
            length: number;
            /**
             * Format: int64
             * @description Where in it they begin
             */
            offset?: number;
        };
        Point: {
            /** Format: date-time */
            at: string;
            /** Format: int64 */
            value: number;
        };
        Problem: {
            /**
             * @description Stable name of the error
             * @example not_found
             */
            code: string;
            /** @description For people; may change */
            detail?: string;
            /** @description What is wrong with the request, by place */
            errors?: components["schemas"]["FieldError"][] | null;
            /** @description Names the request in the log of the hive */
            request_id?: string;
            /**
             * Format: int64
             * @example 404
             */
            status: number;
            /** @example Not Found */
            title: string;
            /**
             * @description Always about:blank: the code is what to test
             * @example about:blank
             */
            type: string;
        };
        PublicEntry: {
            /** @enum {string} */
            kind: "file" | "folder";
            /** Format: date-time */
            mtime: string;
            name: string;
            /** @description From what the link leads to */
            path: string;
            /** Format: int64 */
            size: number;
            /** @description There may be a small picture of it */
            thumbnail?: boolean;
        };
        PublicLink: {
            /** @description It can be used a number of times: each look at a content is one */
            counted?: boolean;
            /** Format: date-time */
            expires?: string;
            /** @enum {string} */
            kind?: "file" | "folder";
            /** @enum {string} */
            mode: "download" | "upload";
            name?: string;
            needs_password: boolean;
            owner?: string;
            /** Format: int64 */
            size?: number;
        };
        RecoveryCodes: {
            recovery_codes: string[];
        };
        Registration: {
            code?: string;
            password: string;
            user: string;
        };
        RegistrationCode: {
            /** Format: date-time */
            created: string;
            /** Format: date-time */
            expires?: string;
            /** Format: int64 */
            id: number;
            /** Format: int64 */
            left: number;
            /** Format: int64 */
            uses: number;
        };
        Reset: {
            code: string;
            password: string;
            user: string;
        };
        ResetCode: {
            code: string;
            /** Format: date-time */
            expires: string;
        };
        Restore: {
            to?: string;
        };
        Revision: {
            /** Format: int64 */
            author?: number;
            /** Format: date-time */
            created: string;
            /** Format: int64 */
            device?: number;
            /** Format: date-time */
            mtime: string;
            /** Format: int64 */
            number: number;
            root: string;
            /** Format: int64 */
            size: number;
        };
        Series: {
            /** @example users */
            name: string;
            points: components["schemas"]["Point"][];
            sums: boolean;
        };
        Server: {
            limits: components["schemas"]["Limits"];
            /** @description Name the owner gave the hive */
            name: string;
            /**
             * @description Who may register
             * @enum {string}
             */
            registration: "open" | "closed" | "code";
            version: string;
        };
        Session: {
            /** Format: date-time */
            expires?: string;
            /** @description Bearer token */
            token?: string;
            user: components["schemas"]["User"];
        };
        SettingChanged: {
            /** Format: date-time */
            at: string;
            by: string;
            name: string;
        };
        Settings: {
            /**
             * Format: int64
             * @description Seconds it is kept who did what; 0 is for ever
             */
            audit_keep: number;
            /** @description What is not as in the configuration file */
            changed: components["schemas"]["SettingChanged"][];
            /** @description Of the hive, as people see it */
            name: string;
            /**
             * Format: int64
             * @description Bytes of a new user; -1 is no limit
             */
            quota: number;
            /**
             * @description Who may register
             * @enum {string}
             */
            registration: "open" | "closed" | "code";
            /**
             * Format: int64
             * @description Seconds after its last use until a session ends
             */
            session_life: number;
            /**
             * Format: int64
             * @description Bytes of a share of another hive, where its receiver says nothing; -1 is no limit
             */
            share_quota: number;
            /** @description Old revisions go as they age */
            thin_revisions: boolean;
            /**
             * Format: int64
             * @description Days until what is in the trash goes; 0 is never
             */
            trash_days: number;
        };
        SettingsChange: {
            /** Format: int64 */
            audit_keep?: number;
            name?: string;
            /** Format: int64 */
            quota?: number;
            /** @enum {string} */
            registration?: "open" | "closed" | "code";
            reset?: string[] | null;
            /** Format: int64 */
            session_life?: number;
            /** Format: int64 */
            share_quota?: number;
            thin_revisions?: boolean;
            /** Format: int64 */
            trash_days?: number;
        };
        Share: {
            /** @description Local name of an owner on another hive */
            contact?: string;
            /** Format: date-time */
            created: string;
            /** Format: date-time */
            expires?: string;
            id: string;
            /** @description For the owner all; for a member, those that are known */
            members: components["schemas"]["Member"][];
            /**
             * @description Of what came from another hive
             * @enum {string}
             */
            mode?: "full" | "on-demand";
            name: string;
            /** @description Whether the folder is one's own */
            own: boolean;
            /** @description A name of this hive, or name@hive */
            owner: string;
            /** @description The folder, or where it is mounted; absent where it is gone */
            path?: string;
            /**
             * Format: int64
             * @description Most bytes to keep of what came from another hive; -1 is no limit of its own
             */
            quota?: number;
            /** @description Members may offer it to others */
            reshare?: boolean;
            /**
             * @description What one is in it
             * @enum {string}
             */
            role: "owner" | "reader" | "writer";
            /** @enum {string} */
            state: "active" | "revoked" | "left" | "ended";
            /** @description Of a share that reaches other hives */
            status?: components["schemas"]["ShareStatus"];
        };
        ShareChange: {
            /** Format: date-time */
            expires?: string;
            /** @enum {string} */
            mode?: "full" | "on-demand";
            name?: string;
            /** @description It ends no more by itself */
            no_expiry?: boolean;
            /** Format: int64 */
            quota?: number;
            reshare?: boolean;
        };
        ShareOverview: {
            /**
             * Format: int64
             * @description Of those, who accepted
             */
            accepted: number;
            /** Format: date-time */
            created: string;
            /** Format: date-time */
            expires?: string;
            id: string;
            /**
             * Format: int64
             * @description Who may read it now, or was offered it
             */
            members: number;
            name: string;
            /** @description Of a user of this hive */
            own: boolean;
            /** @description name, or name@hive */
            owner: string;
            /**
             * Format: int64
             * @description Messages about it to other hives that have not arrived
             */
            pending: number;
            /**
             * Format: int64
             * @description Bytes that a share of another hive takes up here; an own one is in the home of its owner
             */
            replica: number;
            status?: components["schemas"]["ShareStatus"];
        };
        ShareStatus: {
            /**
             * Format: int64
             * @description Number of the state that the folder shows
             */
            applied: number;
            /**
             * Format: int64
             * @description Their bytes
             */
            bytes?: number;
            /** @description The folder shows the newest state that is known, with all content unless that comes when it is read */
            complete: boolean;
            /**
             * Format: int64
             * @description Files and folders in it
             */
            entries: number;
            /** @description Of an own share: whose deletes those are, but for those of this hive. To say no: POST /shares/{id}/refuse */
            held?: components["schemas"]["Held"][] | null;
            /**
             * Format: int64
             * @description Deletes that wait for a yes: POST /shares/{id}/confirm
             */
            held_back?: number;
            /**
             * Format: int64
             * @description Files whose content is not here yet
             */
            missing?: number;
            /**
             * Format: date-time
             * @description When it is tried again
             */
            next?: string;
            /** @description Why it does not get on, in words */
            problem?: string;
            /** @description The same for programs: refused, unavailable, or a code of errors, such as quota_exceeded; absent where none says it */
            problem_code?: string;
            /** @description Own edits wait for the owner's hive */
            proposed?: boolean;
            /**
             * Format: int64
             * @description Bytes of content that came from other hives
             */
            received: number;
            /**
             * Format: int64
             * @description Bytes of content that did not have to come: they were here already, or came as a difference or compressed
             */
            saved: number;
            /**
             * Format: int64
             * @description Bytes of content that went to other hives
             */
            sent: number;
            /**
             * Format: int64
             * @description Number of the newest state that is known
             */
            seq: number;
            /**
             * Format: date-time
             * @description When the folder last caught up; of an own share, when a state was last published
             */
            synced?: string;
        };
        Statistics: {
            /** Format: date-time */
            from: string;
            series: components["schemas"]["Series"][];
            /** Format: date-time */
            to: string;
        };
        Storage: {
            /** Format: int64 */
            blocks: number;
            /**
             * Format: int64
             * @description Bytes the blocks take on disk
             */
            bytes: number;
            /** @description The last collection of garbage since the hive started */
            collected?: components["schemas"]["Collected"];
            /**
             * Format: int64
             * @description Bytes free on the disk
             */
            free: number;
            /**
             * Format: int64
             * @description Bytes of all files, their revisions and the trash
             */
            logical: number;
            /**
             * Format: int64
             * @description Bytes kept free: under it, writes are refused
             */
            reserve: number;
            /**
             * Format: int64
             * @description Bytes that are kept once though they are named often
             */
            saved_dedup: number;
            /**
             * Format: int64
             * @description Bytes that did not have to come from other hives, of the shares there are
             */
            saved_delta: number;
        };
        TOTP: {
            /** @description Signing in needs a code */
            on: boolean;
            /** Format: int64 */
            recovery_codes_left: number;
            /** Format: date-time */
            since?: string;
        };
        TOTPCode: {
            code: string;
        };
        TOTPSecret: {
            /** @description Base32 */
            secret: string;
            /** @description otpauth:// for a QR code */
            uri: string;
        };
        Token: {
            /** @description Where it was last used from */
            address?: string;
            /** Format: date-time */
            created: string;
            /** @description The one this request came with */
            current: boolean;
            /** Format: int64 */
            device?: number;
            /** Format: date-time */
            expires?: string;
            /** Format: int64 */
            id: number;
            /** @enum {string} */
            kind: "session" | "token";
            /** Format: date-time */
            last_used?: string;
            name: string;
            scopes: string[];
        };
        Transfer: {
            from: string;
            /** @description Put what is at the target in the trash */
            overwrite?: boolean;
            to: string;
        };
        Trashed: {
            /**
             * Format: int64
             * @description Id of the user who deleted it
             */
            by?: number;
            /** Format: date-time */
            deleted: string;
            /** Format: int64 */
            id: number;
            /** @enum {string} */
            kind: "file" | "folder";
            name: string;
            path: string;
            /** Format: int64 */
            size: number;
        };
        Upload: {
            /** @description A request sends to it right now */
            active?: boolean;
            /** Format: date-time */
            created: string;
            /**
             * Format: date-time
             * @description When it is forgotten, if nothing comes
             */
            expires: string;
            id: string;
            /**
             * Format: int64
             * @description Bytes of the file
             */
            length: number;
            /**
             * Format: int64
             * @description Bytes that are safe
             */
            offset: number;
            /** @description Where the file will be */
            path: string;
            /** @description Where it goes on, by tus */
            url: string;
        };
        Usage: {
            /** Format: int64 */
            files: number;
            /** Format: int64 */
            folders: number;
            /** Format: int64 */
            used: number;
        };
        User: {
            admin: boolean;
            /** Format: date-time */
            created: string;
            disabled: boolean;
            /** Format: int64 */
            id: number;
            name: string;
            /**
             * Format: int64
             * @description Bytes; -1 is no limit
             */
            quota: number;
            /** @description Signing in needs a code too */
            totp: boolean;
        };
        UserChange: {
            admin?: boolean;
            disabled?: boolean;
            /**
             * Format: int64
             * @description Bytes; -1 is no limit
             */
            quota?: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "get-document": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1 */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/openapi+json": unknown;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "change-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-archive": {
        parameters: {
            query?: {
                /** @description Only zip */
                format?: string;
                /** @description Only this entry of the folder; more than once for more of them, at most 10,000 */
                entry?: string;
            };
            header?: never;
            path: {
                /** @description Path of the entry, without the leading slash */
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The archive, not compressed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/zip": unknown;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "prepare-archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewArchive"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Archive"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-prepared-archive": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the answer to POST /archives */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The archive, not compressed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/zip": unknown;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-audit": {
        parameters: {
            query?: {
                /** @description Cursor: next of the page before */
                after?: string;
                /** @description Most items to give */
                limit?: number;
                /** @description Name of who did it */
                actor?: string;
                /** @description What was done; with a dot at its end all that begin so, such as user. */
                action?: string;
                /** @description What it was done to */
                target?: string;
                /** @description Not before this time */
                since?: string;
                /** @description Before this time */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageAuditRecord"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    export: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Path of the entry, without the leading slash */
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A CARv1 of UnixFS content with one root */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.ipld.car": unknown;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    import: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Path of the entry, without the leading slash */
                path: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/vnd.ipld.car": unknown;
            };
        };
        responses: {
            /** @description What was stored */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Imported"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-changes": {
        parameters: {
            query?: {
                /** @description Number of the last change known; default 0, the start */
                after?: number;
                /** @description Begin after the newest change there is, whatever after says */
                latest?: boolean;
                /** @description Most changes to give, 1 to 1000; default 100 */
                limit?: number;
                /** @description How long to wait for a change when there is none, such as 30s; at most 1m */
                wait?: string;
            };
            header?: {
                /** @description As after, for event streams; goes before it */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Changes in their order; an event stream has one change per event, its number as id */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Changes"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "put-chunk": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description CID of the chunk */
                cid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": unknown;
            };
        };
        responses: {
            /** @description It is kept */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "patch-chunk": {
        parameters: {
            query?: {
                /** @description Path of the file */
                path?: string;
                /** @description Number of a revision; default the newest */
                revision?: number;
                /** @description Where the extent begins; default 0 */
                offset?: number;
                /** @description Bytes of the extent, at most 2 MiB */
                length?: number;
            };
            header?: never;
            path: {
                /** @description CID of the chunk */
                cid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/vnd.librsync-delta": unknown;
            };
        };
        responses: {
            /** @description It is kept */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-chunks": {
        parameters: {
            query?: {
                /** @description Number of a revision; default the newest */
                revision?: number;
            };
            header?: {
                /** @description ETag */
                "If-Match"?: string;
                /** @description ETag */
                "If-None-Match"?: string;
            };
            path: {
                /** @description Path of the entry, without the leading slash */
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description 32 bytes of SHA-256 and 4 of length, big endian, for each; with the ETag of the file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.hive.chunks": unknown;
                };
            };
            /** @description It is what the client has */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "put-chunks": {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the file to replace */
                "If-Match"?: string;
                /** @description * for a new file only */
                "If-None-Match"?: string;
            };
            path: {
                /** @description Path of the entry, without the leading slash */
                path: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChunkList"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Entry"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-contacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageContact"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "delete-contact": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "rename-contact": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ContactChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Contact"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    copy: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Transfer"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Entry"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "make-delta": {
        parameters: {
            query?: {
                /** @description Number of a revision; default the newest */
                revision?: number;
                /** @description Where an extent of the file begins; default 0 */
                offset?: number;
                /** @description Bytes of the extent; default to the end */
                length?: number;
            };
            header?: {
                /** @description ETag */
                "If-Match"?: string;
                /** @description ETag */
                "If-None-Match"?: string;
            };
            path: {
                /** @description Path of the entry, without the leading slash */
                path: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/vnd.librsync-signature": unknown;
            };
        };
        responses: {
            /** @description The delta, with the ETag of the file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.librsync-delta": unknown;
                };
            };
            /** @description It is what the client has */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-devices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageDevice"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "remove-device": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    doctor: {
        parameters: {
            query?: {
                /** @description Id of a hive to reach */
                peer?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Doctor"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-entry": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Path of the entry, without the leading slash */
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Entry"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "update-entry": {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the entry to change */
                "If-Match"?: string;
            };
            path: {
                /** @description Path of the entry, without the leading slash */
                path: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Meta"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Entry"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-file": {
        parameters: {
            query?: {
                /** @description Number of a revision; default the newest */
                revision?: number;
                /** @description Show it in the browser, where its type is a harmless one */
                inline?: boolean;
            };
            header?: {
                /** @description RFC 9110 byte ranges */
                Range?: string;
                /** @description ETag */
                "If-Range"?: string;
                /** @description ETag */
                "If-None-Match"?: string;
                /** @description ETag */
                "If-Match"?: string;
            };
            path: {
                /** @description Path of the entry, without the leading slash */
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The content, with ETag, Last-Modified and Hive-Root, Hive-Revision, Hive-MTime, Hive-Exec */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description The ranges asked for */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description It is what the client has */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "put-file": {
        parameters: {
            query?: {
                /** @description Time of the file, RFC 3339; default now */
                mtime?: string;
                /** @description Whether it is a program; default as it was */
                exec?: boolean;
                /** @description Make the folders above */
                parents?: boolean;
            };
            header?: {
                /** @description ETag of the file to replace */
                "If-Match"?: string;
                /** @description * for a new file only */
                "If-None-Match"?: string;
            };
            path: {
                /** @description Path of the entry, without the leading slash */
                path: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": unknown;
            };
        };
        responses: {
            /** @description A file replaced */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Entry"];
                };
            };
            /** @description A new file */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Entry"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove: {
        parameters: {
            query?: never;
            header?: {
                /** @description ETag of the entry to remove */
                "If-Match"?: string;
            };
            path: {
                /** @description Path of the entry, without the leading slash */
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trashed"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "head-file": {
        parameters: {
            query?: {
                /** @description Number of a revision; default the newest */
                revision?: number;
                /** @description Show it in the browser, where its type is a harmless one */
                inline?: boolean;
            };
            header?: {
                /** @description RFC 9110 byte ranges */
                Range?: string;
                /** @description ETag */
                "If-Range"?: string;
                /** @description ETag */
                "If-None-Match"?: string;
                /** @description ETag */
                "If-Match"?: string;
            };
            path: {
                /** @description Path of the entry, without the leading slash */
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The content, with ETag, Last-Modified and Hive-Root, Hive-Revision, Hive-MTime, Hive-Exec */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description The ranges asked for */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description It is what the client has */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "patch-file": {
        parameters: {
            query?: {
                /** @description Time of the file, RFC 3339; default now */
                mtime?: string;
                /** @description Whether it is a program; default as it was */
                exec?: boolean;
                /** @description Bytes of the new revision; needed where it is larger than 1 GiB and twice the file */
                size?: number;
            };
            header?: {
                /** @description Required: ETag of the file that the delta is from */
                "If-Match"?: string;
                /** @description Required: sha-256 of the new revision, RFC 9530 */
                "Repr-Digest"?: string;
            };
            path: {
                /** @description Path of the entry, without the leading slash */
                path: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/vnd.librsync-delta": unknown;
            };
        };
        responses: {
            /** @description The new revision */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Entry"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-folder": {
        parameters: {
            query?: {
                /** @description Cursor: next of the page before */
                after?: string;
                /** @description Most items to give */
                limit?: number;
                sort?: "name" | "size" | "mtime";
                order?: "asc" | "desc";
            };
            header?: never;
            path: {
                /** @description Path of the entry, without the leading slash */
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageEntry"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "create-folder": {
        parameters: {
            query?: {
                /** @description Make the folders above too, and do not mind when it exists */
                parents?: boolean;
            };
            header?: never;
            path: {
                /** @description Path of the entry, without the leading slash */
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Created */
            201: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Entry"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-health-report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-hive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Hive"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageInvitation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "create-invitation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewInvitation"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "accept-invitation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AcceptInvitation"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AcceptedInvitation"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "delete-invitation": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    lacking: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChunkQuestion"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lacking"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-links": {
        parameters: {
            query?: {
                /** @description Only links of what is here */
                path?: string;
                /** @description Cursor: next of the page before */
                after?: number;
                /** @description Most items to give */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageLink"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "create-link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewLink"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Link"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "delete-link": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "update-link": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LinkChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Link"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Login"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-app-passwords": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageAppPassword"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "create-app-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAppPassword"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedAppPassword"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "end-app-password": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TOTP"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "confirm-totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TOTPCode"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryCodes"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "begin-totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Password"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TOTPSecret"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "end-totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EndTOTP"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    move: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Transfer"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Entry"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-offers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageOffer"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "accept-offer": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["AcceptOffer"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "decline-offer": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-all-pending": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PagePending"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-all-shares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageShareOverview"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-peers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PagePeer"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "add-peer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPeer"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Peer"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "forget-peer": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Peer id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "block-peer": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Peer id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "unblock-peer": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Peer id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "find-peer": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Peer id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FoundPeer"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-pending": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PagePending"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "retry-pending": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-public-link": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: {
                hive_link?: string;
            };
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PublicLink"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-public-archive": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Path of the entry, without the leading slash */
                path: string;
                /** @description Token of the link */
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The archive, not compressed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/zip": unknown;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-public-file": {
        parameters: {
            query?: {
                /** @description Show it in the browser, where its type is a harmless one */
                inline?: boolean;
            };
            header?: {
                /** @description RFC 9110 byte ranges */
                Range?: string;
            };
            path: {
                /** @description Path of the entry, without the leading slash */
                path: string;
                /** @description Token of the link */
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The content; one that could act has this type whatever it is */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description The ranges asked for */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "put-public-file": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Path of the entry, without the leading slash */
                path: string;
                /** @description Token of the link */
                token: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": unknown;
            };
        };
        responses: {
            /** @description It is there, under this name or one like it */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Brought"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "head-public-file": {
        parameters: {
            query?: {
                /** @description Show it in the browser, where its type is a harmless one */
                inline?: boolean;
            };
            header?: {
                /** @description RFC 9110 byte ranges */
                Range?: string;
            };
            path: {
                /** @description Path of the entry, without the leading slash */
                path: string;
                /** @description Token of the link */
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The content; one that could act has this type whatever it is */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description The ranges asked for */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-public-folder": {
        parameters: {
            query?: {
                /** @description Cursor: next of the page before */
                after?: string;
                /** @description Most items to give */
                limit?: number;
            };
            header?: never;
            path: {
                token: string;
                /** @description Path of the entry, without the leading slash */
                path: string;
            };
            cookie?: {
                hive_link?: string;
            };
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PagePublicEntry"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "unlock-public-link": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: {
                hive_link?: string;
            };
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LinkPassword"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-public-thumbnail": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Path of the entry, without the leading slash */
                path: string;
                /** @description Token of the link */
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The picture, or a PNG of one that can be seen through */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/jpeg": unknown;
                };
            };
            /** @description It is being made: Retry-After says when to ask again */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    register: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Registration"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageRegistrationCode"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "create-code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRegistrationCode"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedCode"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "revoke-code": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "reset-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reset"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-revisions": {
        parameters: {
            query?: {
                /** @description Cursor: next of the page before */
                after?: string;
                /** @description Most items to give */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Path of the entry, without the leading slash */
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageRevision"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "restore-revision": {
        parameters: {
            query: {
                /** @description Number of the revision */
                number: number;
            };
            header?: never;
            path: {
                /** @description Path of the entry, without the leading slash */
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Entry"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "delete-revision": {
        parameters: {
            query: {
                /** @description Number of the revision */
                number: number;
            };
            header?: never;
            path: {
                /** @description Path of the entry, without the leading slash */
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    search: {
        parameters: {
            query: {
                /** @description Cursor: next of the page before */
                after?: string;
                /** @description Most items to give */
                limit?: number;
                /** @description Part of a name */
                q: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageEntry"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-server": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Server"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "open-session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Login"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "close-session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settings"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "change-settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SettingsChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settings"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-shares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageShare"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "create-share": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewShare"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-share": {
        parameters: {
            query?: {
                /** @description How long to wait until all of a share from another hive is here, such as 30s; at most 1m */
                wait?: string;
            };
            header?: never;
            path: {
                /** @description Id of the share */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "leave-share": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the share */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "update-share": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the share */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ShareChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "confirm-deletes": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the share */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "add-member": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the share */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMember"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the share */
                id: string;
                /** @description A name of this hive, the local name of a contact, name@hive, or the id of the member */
                member: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "update-member": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the share */
                id: string;
                /** @description A name of this hive, the local name of a contact, name@hive, or the id of the member */
                member: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MemberChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "refuse-deletes": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the share */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-signature": {
        parameters: {
            query?: {
                /** @description Number of a revision; default the newest */
                revision?: number;
                /** @description Where an extent of the file begins; default 0 */
                offset?: number;
                /** @description Bytes of the extent; default to the end */
                length?: number;
                /** @description Strong sum: blake2 (default) or md4 */
                kind?: string;
                /** @description Weak sum: rabinkarp (default) or classic */
                rolling?: string;
                /** @description Bytes a block; default what rdiff takes for the size */
                block?: number;
                /** @description Bytes of a strong sum; default all */
                sum?: number;
            };
            header?: {
                /** @description ETag */
                "If-Match"?: string;
                /** @description ETag */
                "If-None-Match"?: string;
            };
            path: {
                /** @description Path of the entry, without the leading slash */
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The signature, with the ETag of the file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.librsync-signature": unknown;
                };
            };
            /** @description It is what the client has */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-statistics": {
        parameters: {
            query?: {
                /** @description Series; one that ends in / stands for all that begin so, as traffic.in/ for traffic by hive. Default: all but those by hive */
                names?: string[] | null;
                /** @description Default: a day before to */
                from?: string;
                /** @description Default: now */
                to?: string;
                /** @description At most so many of each series */
                points?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Statistics"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-storage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Storage"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-thumbnail": {
        parameters: {
            query?: {
                /** @description small (256 pixels, default) or large (1,024) */
                size?: string;
                /** @description Number of a revision; default the newest */
                revision?: number;
                /** @description Root of the content, as the entry has it: where it is that, the answer may be kept */
                root?: string;
            };
            header?: {
                /** @description ETag */
                "If-None-Match"?: string;
            };
            path: {
                /** @description Path of the entry, without the leading slash */
                path: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The picture, or a PNG of one that can be seen through, with an ETag of its content */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/jpeg": unknown;
                };
            };
            /** @description It is being made: Retry-After says when to ask again */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description It is what the client has */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageToken"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "create-token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewToken"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedToken"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "revoke-token": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-trash": {
        parameters: {
            query?: {
                /** @description Cursor: next of the page before */
                after?: string;
                /** @description Most items to give */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageTrashed"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "empty-trash": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    purge: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    restore: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Restore"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Entry"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-uploads": {
        parameters: {
            query?: {
                /** @description Cursor: next of the page before */
                after?: string;
                /** @description Most items to give */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageUpload"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "create-upload": {
        parameters: {
            query?: never;
            header?: {
                /** @description Required: 1.0.0 */
                "Tus-Resumable"?: string;
                /** @description sha256 or sha1 and the sum of the body in base64; without it, all that arrives counts */
                "Upload-Checksum"?: string;
                /** @description Required: bytes of the file */
                "Upload-Length"?: string;
                /** @description Required: path, and if need be mtime, exec, parents, ifMatch, ifNoneMatch, each with its value in base64 */
                "Upload-Metadata"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Location, Upload-Expires, and after first bytes Upload-Offset; with the last byte ETag and Hive-Entry */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "tus-options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Tus-Version, Tus-Extension and Tus-Checksum-Algorithm */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "delete-upload": {
        parameters: {
            query?: never;
            header?: {
                /** @description Required: 1.0.0 */
                "Tus-Resumable"?: string;
            };
            path: {
                /** @description Id of the upload */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is forgotten */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "head-upload": {
        parameters: {
            query?: never;
            header?: {
                /** @description Required: 1.0.0 */
                "Tus-Resumable"?: string;
            };
            path: {
                /** @description Id of the upload */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Upload-Offset, Upload-Length, Upload-Metadata, Upload-Expires */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "patch-upload": {
        parameters: {
            query?: never;
            header?: {
                /** @description Required: 1.0.0 */
                "Tus-Resumable"?: string;
                /** @description sha256 or sha1 and the sum of the body in base64; without it, all that arrives counts */
                "Upload-Checksum"?: string;
                /** @description Required: where the bytes begin */
                "Upload-Offset"?: string;
            };
            path: {
                /** @description Id of the upload */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/offset+octet-stream": unknown;
            };
        };
        responses: {
            /** @description Upload-Offset, Upload-Expires; with the last byte ETag and Hive-Entry */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "list-users": {
        parameters: {
            query?: {
                /** @description Cursor: next of the page before */
                after?: string;
                /** @description Most items to give */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageUser"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "create-user": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewUser"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-user": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "delete-user": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "update-user": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "set-password": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Password"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "create-reset": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResetCode"];
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "reset-totp": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": unknown;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    "get-readiness": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It can */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": unknown;
                };
            };
            /** @description Error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
