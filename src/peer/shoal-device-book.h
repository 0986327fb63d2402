/* shoal-device-book.h: the devices we remember, and what we think of them.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-device-id.h"
#include "shoal-runtime.h"
#include "shoal-secrets.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Addresses remembered for a device, latest success first. */
#define SHOAL_MAX_REMEMBERED_ADDRESSES 8

typedef struct
{
  char  *text;         /* "192.0.2.1:27474"; never link-local */
  gint64 last_success; /* µs since 1970 */
} ShoalRememberedAddress;

/* One device. Read-only outside the book. */
typedef struct
{
  ShoalDeviceId id;
  char         *name;       /* what it last called itself */
  char         *nickname;   /* (owned) (nullable): what we call this friend */
  GBytes       *picture;    /* (owned) (nullable): of a friend: what it showed last */
  gboolean      is_friend;
  gboolean      is_blocked;
  gboolean      is_verified; /* a person has compared the codes of this friend */
  uint8_t       own_contribution[SHOAL_SECRET_SIZE];   /* valid if is_friend */
  uint8_t       their_contribution[SHOAL_SECRET_SIZE]; /* valid if has_theirs */
  gboolean      has_theirs; /* it has made us a friend */
  uint64_t      auto_accept_limit; /* of a friend: bytes; 0: ask; G_MAXUINT64: any */
  gint64        first_seen, last_seen; /* µs since 1970 */
  GArray       *addresses;  /* (owned) of ShoalRememberedAddress */
} ShoalDeviceRecord;

ShoalDeviceRecord *shoal_device_record_new  (const ShoalDeviceId *id);
void               shoal_device_record_free (ShoalDeviceRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalDeviceRecord, shoal_device_record_free)

/* Appends; oldest beyond SHOAL_MAX_REMEMBERED_ADDRESSES are forgotten. */
void shoal_device_record_add_address (ShoalDeviceRecord *record, const char *text,
                                      gint64 last_success);

/* Where records are kept; the engine binds it to the store. Both copy what they
 * are given and return at once. */
typedef struct
{
  void (*save)   (const ShoalDeviceRecord *record, gpointer user_data);
  void (*remove) (const ShoalDeviceId *id, gpointer user_data);
} ShoalDeviceKeeper;

/**
 * ShoalDeviceBook:
 *
 * Friends, blocked devices, and devices we have had to do with. Every trust
 * decision asks here. Plain struct, one owner, engine context's thread.
 */
typedef struct _ShoalDeviceBook ShoalDeviceBook;

/* @keeper: (nullable) */
ShoalDeviceBook *shoal_device_book_new  (ShoalRuntime *runtime, const ShoalDeviceKeeper *keeper,
                                         gpointer user_data);
void             shoal_device_book_free (ShoalDeviceBook *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalDeviceBook, shoal_device_book_free)

/* At start: takes a record that was kept. (transfer full) */
void shoal_device_book_load (ShoalDeviceBook *self, ShoalDeviceRecord *record);

/* (nullable) (transfer none) */
const ShoalDeviceRecord *shoal_device_book_get (ShoalDeviceBook *self, const ShoalDeviceId *id);
/* (transfer container) (element-type ShoalDeviceRecord) */
GPtrArray *shoal_device_book_get_all (ShoalDeviceBook *self);
/* Whom that address was last; (nullable) (transfer none) */
const ShoalDeviceRecord *shoal_device_book_get_by_address (ShoalDeviceBook *self,
                                                           const char *address);
/* A friend that bears @name, or that we call so, other than @id; compared as a
 * person would (case, composition and what cannot be seen do not count).
 * (nullable) (transfer none) */
const ShoalDeviceRecord *shoal_device_book_get_friend_named (ShoalDeviceBook *self,
                                                             const char *name,
                                                             const ShoalDeviceId *other_than);

gboolean shoal_device_book_is_friend  (ShoalDeviceBook *self, const ShoalDeviceId *id);
gboolean shoal_device_book_is_blocked (ShoalDeviceBook *self, const ShoalDeviceId *id);
/* TRUE if both have made each other a friend; @secret: (out) (nullable): 32 bytes. */
gboolean shoal_device_book_get_pair_secret (ShoalDeviceBook *self, const ShoalDeviceId *own,
                                            const ShoalDeviceId *id, uint8_t *secret);

/* Makes a friend: draws our contribution, or keeps the one there is. */
void shoal_device_book_add_friend    (ShoalDeviceBook *self, const ShoalDeviceId *id,
                                      const char *name);
/* Forgets the friend: secret, addresses and all. A blocked one stays blocked. */
void shoal_device_book_remove_friend (ShoalDeviceBook *self, const ShoalDeviceId *id);
void shoal_device_book_set_blocked   (ShoalDeviceBook *self, const ShoalDeviceId *id,
                                      gboolean blocked);
/* All about it, blocked or not. */
void shoal_device_book_forget        (ShoalDeviceBook *self, const ShoalDeviceId *id);

/* Friends that we call @nickname, blocked ones apart: the devices of one person,
 * as nobody but us gives nicknames.
 * Returns: (transfer container) (element-type ShoalDeviceRecord) */
GPtrArray *shoal_device_book_get_nicknamed (ShoalDeviceBook *self, const char *nickname);

/* Of a friend; of others: nothing happens. @nickname, @picture: (nullable).
 * Returns: TRUE if that is news */
gboolean shoal_device_book_set_nickname    (ShoalDeviceBook *self, const ShoalDeviceId *id,
                                            const char *nickname);
gboolean shoal_device_book_set_verified    (ShoalDeviceBook *self, const ShoalDeviceId *id,
                                            gboolean verified);
gboolean shoal_device_book_set_auto_accept (ShoalDeviceBook *self, const ShoalDeviceId *id,
                                            uint64_t limit);
gboolean shoal_device_book_set_picture     (ShoalDeviceBook *self, const ShoalDeviceId *id,
                                            GBytes *picture);

/* Its half of the pair secret; kept for a stranger too, in memory, until we
 * answer. Returns TRUE if that is news. */
gboolean shoal_device_book_set_their_contribution (ShoalDeviceBook *self, const ShoalDeviceId *id,
                                                   const uint8_t *contribution);
/* Has been spoken to: name and address. Strangers are remembered on disk only
 * once @keep has been TRUE: they sent, received, or were dialled by hand. */
void shoal_device_book_seen (ShoalDeviceBook *self, const ShoalDeviceId *id, const char *name,
                             const char *address, gboolean keep);
/* Returns: FALSE if nobody had that address. */
gboolean shoal_device_book_forget_address (ShoalDeviceBook *self, const char *address);

/* Forgets a device that was only met in passing, so that a stranger with many
 * keys fills nothing. */
void     shoal_device_book_drop_stranger  (ShoalDeviceBook *self, const ShoalDeviceId *id);

/* Equal names, as a person would say. */
gboolean shoal_names_look_equal (const char *a, const char *b);

G_END_DECLS
