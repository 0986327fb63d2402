/* shoal-state-devices.h: the device book as it is stored.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-database.h"
#include "shoal-hash.h"

G_BEGIN_DECLS

/* Numbers are stored: never change them. */
typedef enum
{
  SHOAL_DEVICE_FRIEND  = 1 << 0,
  SHOAL_DEVICE_BLOCKED = 1 << 1,
  SHOAL_DEVICE_VERIFIED = 1 << 2, /* a person has compared the codes */
} ShoalDeviceFlags;

/* Addresses kept of each device; the longest unused go first. */
#define SHOAL_STATE_MAX_ADDRESSES 16

typedef struct
{
  char  *address;      /* ADDRESS:PORT */
  gint64 last_success; /* microseconds since 1970 */
} ShoalStoredAddress;

/* Plain data; make with shoal_stored_device_new(). Times are microseconds since
 * 1970, 0: never. */
typedef struct
{
  ShoalHash  id;
  char      *name;             /* what it called itself last */
  char      *nickname;         /* (owned) (nullable): what we call it */
  GBytes    *picture;          /* (owned) (nullable): what it showed last */
  uint32_t   flags;            /* ShoalDeviceFlags */
  gboolean   has_own_secret;   /* our contribution to the pair secret */
  ShoalHash  own_secret;
  gboolean   has_their_secret; /* theirs */
  ShoalHash  their_secret;
  gint64     accept_limit;     /* bytes accepted without asking; 0: ask, -1: any */
  gint64     first_seen;
  gint64     last_seen;
  GArray    *addresses;        /* of ShoalStoredAddress, best first; on saving ignored */
} ShoalStoredDevice;

ShoalStoredDevice *shoal_stored_device_new  (const ShoalHash *id);
void               shoal_stored_device_free (ShoalStoredDevice *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalStoredDevice, shoal_stored_device_free)

/* Synchronous: before the loop runs.
 * Returns: (transfer full) (element-type ShoalStoredDevice) (nullable) */
GPtrArray *shoal_state_devices_load (ShoalDatabase *database, GError **error);

/* Asynchronous, all below; what is passed is copied; @func: (nullable). Saving
 * makes or replaces the record, but for its addresses. */
void shoal_state_devices_save   (ShoalDatabase *database, const ShoalStoredDevice *device,
                                 ShoalWrittenFunc func, gpointer user_data);
/* With its addresses. */
void shoal_state_devices_remove (ShoalDatabase *database, const ShoalHash *id,
                                 ShoalWrittenFunc func, gpointer user_data);
/* The device answered at @address with its key. A device not saved yet: nothing. */
void shoal_state_devices_remember_address (ShoalDatabase *database, const ShoalHash *id,
                                           const char *address, gint64 time);
/* @id: (nullable): of every device. */
void shoal_state_devices_forget_address   (ShoalDatabase *database, const ShoalHash *id,
                                           const char *address);

G_END_DECLS
