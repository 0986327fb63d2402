/* shoal-state-devices.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-state-devices.h"

#include "shoal-sql.h"

static void
clear_address (gpointer data)
{
  g_free (((ShoalStoredAddress *) data)->address);
}

ShoalStoredDevice *
shoal_stored_device_new (const ShoalHash *id)
{
  ShoalStoredDevice *self = g_new0 (ShoalStoredDevice, 1);

  self->id = *id;
  self->name = g_strdup ("");
  self->addresses = g_array_new (FALSE, TRUE, sizeof (ShoalStoredAddress));
  g_array_set_clear_func (self->addresses, clear_address);
  return self;
}

void
shoal_stored_device_free (ShoalStoredDevice *self)
{
  g_free (self->name);
  g_free (self->nickname);
  g_clear_pointer (&self->picture, g_bytes_unref);
  g_array_unref (self->addresses);
  g_free (self);
}

/* --- Loading ------------------------------------------------------------- */

static ShoalStoredDevice *
read_device (ShoalStatement *stmt)
{
  ShoalHash id;
  ShoalStoredDevice *device;

  shoal_sql_hash (stmt, 0, &id);
  device = shoal_stored_device_new (&id);
  g_free (device->name);
  device->name = shoal_sql_string (stmt, 1);
  device->flags = (uint32_t) shoal_sql_int (stmt, 2);
  device->has_own_secret = shoal_sql_hash (stmt, 3, &device->own_secret);
  device->has_their_secret = shoal_sql_hash (stmt, 4, &device->their_secret);
  device->accept_limit = shoal_sql_int (stmt, 5);
  device->first_seen = shoal_sql_int (stmt, 6);
  device->last_seen = shoal_sql_int (stmt, 7);
  device->nickname = shoal_sql_string (stmt, 8);
  device->picture = shoal_sql_bytes (stmt, 9);
  return device;
}

static gboolean
load_addresses (sqlite3 *db, ShoalStoredDevice *device, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (ShoalStatement) stmt = shoal_sql_query (
    db, error,
    "SELECT address, last_success FROM device_addresses WHERE device = ? "
    "ORDER BY last_success DESC", "h", &device->id);

  if (stmt == NULL)
    return FALSE;
  while (shoal_sql_next (stmt, &local))
    {
      ShoalStoredAddress address = { shoal_sql_string (stmt, 0), shoal_sql_int (stmt, 1) };

      g_array_append_val (device->addresses, address);
    }
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
work_load (sqlite3 *db, gpointer data, GError **error)
{
  GPtrArray *devices = data;
  g_autoptr (GError) local = NULL;
  g_autoptr (ShoalStatement) stmt = shoal_sql_query (
    db, error,
    "SELECT id, name, flags, own_secret, their_secret, accept_limit, first_seen, last_seen,"
    " nickname, picture FROM devices ORDER BY first_seen", "");

  if (stmt == NULL)
    return FALSE;
  while (shoal_sql_next (stmt, &local))
    {
      ShoalStoredDevice *device = read_device (stmt);

      g_ptr_array_add (devices, device);
      if (!load_addresses (db, device, error))
        return FALSE;
    }
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

GPtrArray *
shoal_state_devices_load (ShoalDatabase *database, GError **error)
{
  g_autoptr (GPtrArray) devices
    = g_ptr_array_new_with_free_func ((GDestroyNotify) shoal_stored_device_free);

  if (!shoal_database_run_now (database, work_load, devices, error))
    return NULL;
  return g_steal_pointer (&devices);
}

/* --- Writing ------------------------------------------------------------- */

static gboolean
work_save (sqlite3 *db, gpointer data, GError **error)
{
  const ShoalStoredDevice *d = data;

  return shoal_sql_run (
    db, error,
    "INSERT INTO devices (id, name, flags, own_secret, their_secret, accept_limit,"
    " first_seen, last_seen, nickname, picture) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) "
    "ON CONFLICT (id) DO UPDATE SET name = ?2, flags = ?3, own_secret = ?4, their_secret = ?5,"
    " accept_limit = ?6, first_seen = ?7, last_seen = ?8, nickname = ?9, picture = ?10",
    "hsihhiiisg", &d->id, d->name, (gint64) d->flags, d->has_own_secret ? &d->own_secret : NULL,
    d->has_their_secret ? &d->their_secret : NULL, d->accept_limit, d->first_seen, d->last_seen,
    d->nickname, d->picture);
}

void
shoal_state_devices_save (ShoalDatabase *database, const ShoalStoredDevice *device,
                          ShoalWrittenFunc func, gpointer user_data)
{
  ShoalStoredDevice *copy = shoal_stored_device_new (&device->id);
  GArray *none = copy->addresses;

  g_free (copy->name);
  *copy = *device;
  copy->name = g_strdup (device->name != NULL ? device->name : "");
  copy->nickname = g_strdup (device->nickname);
  copy->picture = device->picture != NULL ? g_bytes_ref (device->picture) : NULL;
  copy->addresses = none;
  shoal_database_write (database, work_save, copy, (GDestroyNotify) shoal_stored_device_free, func,
                        user_data);
}

static gboolean
work_remove (sqlite3 *db, gpointer data, GError **error)
{
  return shoal_sql_run (db, error, "DELETE FROM devices WHERE id = ?", "h",
                        (const ShoalHash *) data);
}

void
shoal_state_devices_remove (ShoalDatabase *database, const ShoalHash *id, ShoalWrittenFunc func,
                            gpointer user_data)
{
  shoal_database_write (database, work_remove, g_memdup2 (id, sizeof *id), g_free, func,
                        user_data);
}

/* --- Addresses ----------------------------------------------------------- */

typedef struct
{
  gboolean  has_id;
  ShoalHash id;
  char     *address; /* (owned) */
  gint64    time;
} AddressJob;

static void
address_job_free (gpointer data)
{
  g_free (((AddressJob *) data)->address);
  g_free (data);
}

static AddressJob *
address_job_new (const ShoalHash *id, const char *address, gint64 time)
{
  AddressJob *job = g_new0 (AddressJob, 1);

  job->has_id = id != NULL;
  if (id != NULL)
    job->id = *id;
  job->address = g_strdup (address);
  job->time = time;
  return job;
}

static gboolean
work_remember (sqlite3 *db, gpointer data, GError **error)
{
  AddressJob *job = data;

  return shoal_sql_run (db, error,
                        "INSERT OR REPLACE INTO device_addresses (device, address, last_success) "
                        "SELECT id, ?2, ?3 FROM devices WHERE id = ?1", "hsi", &job->id,
                        job->address, job->time)
         && shoal_sql_run (db, error,
                           "DELETE FROM device_addresses WHERE device = ?1 AND address NOT IN "
                           "(SELECT address FROM device_addresses WHERE device = ?1 "
                           " ORDER BY last_success DESC LIMIT ?2)", "hi", &job->id,
                           (gint64) SHOAL_STATE_MAX_ADDRESSES);
}

void
shoal_state_devices_remember_address (ShoalDatabase *database, const ShoalHash *id,
                                      const char *address, gint64 time)
{
  shoal_database_write (database, work_remember, address_job_new (id, address, time),
                        address_job_free, NULL, NULL);
}

static gboolean
work_forget (sqlite3 *db, gpointer data, GError **error)
{
  AddressJob *job = data;

  return shoal_sql_run (db, error,
                        "DELETE FROM device_addresses WHERE address = ?2 "
                        "AND (?1 IS NULL OR device = ?1)", "hs", job->has_id ? &job->id : NULL,
                        job->address);
}

void
shoal_state_devices_forget_address (ShoalDatabase *database, const ShoalHash *id,
                                    const char *address)
{
  shoal_database_write (database, work_forget, address_job_new (id, address, 0), address_job_free,
                        NULL, NULL);
}
