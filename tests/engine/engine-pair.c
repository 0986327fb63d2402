/* engine-pair.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "engine-pair.h"

#include "shoal-error.h"

#include <glib/gstdio.h>
#include <string.h>

Device sender, receiver;
char *source;

/* --- What is there --------------------------------------------------------- */

void
write_file (const char *name, gsize size)
{
  g_autofree char *path = g_build_filename (source, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *contents = g_malloc (size);
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) size);

  for (gsize i = 0; i + 4 <= size; i += 4)
    {
      guint32 number = g_rand_int (rand);

      memcpy (contents + i, &number, 4);
    }
  memset (contents + size - size % 4, 'x', size % 4);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, contents, (gssize) size, NULL));
}

gboolean
has_arrived (const char *name)
{
  g_autofree char *path = g_build_filename (receiver.folder, "Things", name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

void
assert_same (const char *name)
{
  g_autofree char *one = g_build_filename (source, name, NULL);
  g_autofree char *other = g_build_filename (receiver.folder, "Things", name, NULL);
  g_autoptr (GMappedFile) ours = g_mapped_file_new (one, FALSE, NULL);
  g_autoptr (GMappedFile) theirs = g_mapped_file_new (other, FALSE, NULL);

  g_assert_true (ours != NULL && theirs != NULL);
  g_assert_cmpmem (g_mapped_file_get_contents (ours), g_mapped_file_get_length (ours),
                   g_mapped_file_get_contents (theirs), g_mapped_file_get_length (theirs));
}

void
set_up (void)
{
  device_init (&sender);
  device_init (&receiver);
  source = g_build_filename (sender.folder, "Things", NULL);
}

void
tear_down (void)
{
  device_clear (&sender);
  device_clear (&receiver);
  g_clear_pointer (&source, g_free);
}

/* --- Sending --------------------------------------------------------------- */

void
on_answer (GObject *object, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

char *
connect_to (Device *from, Device *to)
{
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%d", to->port);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ShoalDeviceInfo) device = NULL;
  g_autoptr (GError) error = NULL;

  shoal_engine_find_device_async (from->engine, address, G_USEC_PER_SEC, NULL, on_answer,
                                  &result);
  g_assert_true (spin_until (has_result, &result));
  device = shoal_engine_find_device_finish (from->engine, result, &error);
  g_assert_no_error (error);
  return g_strdup (device->id);
}

char *
find_receiver (void)
{
  return connect_to (&sender, &receiver);
}

void
restart (Device *device)
{
  device_stop (device);
  device_start (device);
}

ShoalFileList *
list_files (Device *device, const char *id)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  ShoalFileList *list;

  shoal_engine_list_files_async (device->engine, id, NULL, on_answer, &result);
  g_assert_true (spin_until (has_result, &result));
  list = shoal_engine_list_files_finish (device->engine, result, &error);
  g_assert_no_error (error);
  return list;
}

static gboolean
has_offer (gconstpointer data)
{
  return receiver.offers->len > GPOINTER_TO_UINT (data);
}

void
await_offer (guint before)
{
  g_assert_true (spin_until (has_offer, GUINT_TO_POINTER (before)));
}

static char *
send_any (const char *device, const char *path, const char *text)
{
  const char *paths[] = { path, NULL };
  const char *devices[] = { device, NULL };
  g_autoptr (GAsyncResult) result = NULL;
  g_auto (GStrv) transfers = NULL;
  g_autoptr (GError) error = NULL;

  shoal_engine_send_async (sender.engine, text != NULL ? NULL : paths, text, devices, NULL,
                           on_answer, &result);
  g_assert_true (spin_until (has_result, &result));
  transfers = shoal_engine_send_finish (sender.engine, result, &error);
  g_assert_no_error (error);
  return g_strdup (transfers[0]);
}

char *
send_to (const char *device, const char *text)
{
  return send_any (device, source, text);
}

char *
send_path (const char *device, const char *path)
{
  return send_any (device, path, NULL);
}

char *
send_folder (void)
{
  g_autofree char *device = find_receiver ();
  guint before = receiver.offers->len;
  char *id = send_to (device, NULL);

  await_offer (before);
  return id;
}

const char *
last_offer (void)
{
  return g_ptr_array_index (receiver.offers, receiver.offers->len - 1);
}

char *
accept_offer (const char *const *chosen)
{
  g_autoptr (GError) error = NULL;
  char *id = shoal_engine_accept (receiver.engine, last_offer (), NULL, chosen, &error);

  g_assert_no_error (error);
  return id;
}

/* --- What they say --------------------------------------------------------- */

typedef struct
{
  Device            *device;
  const char        *id;
  ShoalTransferPhase phase;
  uint64_t           bytes;
} Wanted;

ShoalTransferInfo *
look (Device *device, const char *id)
{
  g_autoptr (GPtrArray) transfers = shoal_engine_get_transfers (device->engine);

  for (guint i = 0; i < transfers->len; i++)
    {
      ShoalTransferInfo *info = g_ptr_array_index (transfers, i);

      if (g_str_equal (info->id, id))
        return shoal_transfer_info_ref (info);
    }
  return NULL;
}

static gboolean
is_in_phase (gconstpointer data)
{
  const Wanted *wanted = data;
  g_autoptr (ShoalTransferInfo) info = look (wanted->device, wanted->id);

  return info != NULL && info->phase == wanted->phase && info->bytes >= wanted->bytes;
}

void
assert_becomes (Device *device, const char *id, ShoalTransferPhase phase, uint64_t bytes)
{
  Wanted wanted = { device, id, phase, bytes };

  if (!spin_until (is_in_phase, &wanted))
    {
      g_autoptr (ShoalTransferInfo) info = look (device, id);

      g_error ("%s: phase %d with %" G_GUINT64_FORMAT " bytes, wanted %d with %" G_GUINT64_FORMAT
               " (%s)", device == &sender ? "sender" : "receiver",
               info != NULL ? (int) info->phase : -1, info != NULL ? info->bytes : 0, (int) phase,
               bytes, info != NULL && info->error != NULL ? info->error->message : "no error");
    }
}

uint64_t
bytes_of (Device *device, const char *id)
{
  g_autoptr (ShoalTransferInfo) info = look (device, id);

  return info->bytes;
}

typedef struct
{
  Device         *device;
  const char     *id;
  ShoalOfferState state;
} WantedOffer;

static gboolean
is_in_state (gconstpointer data)
{
  const WantedOffer *wanted = data;
  g_autoptr (ShoalTransferInfo) info = look (wanted->device, wanted->id);

  return info != NULL && info->offer_state == wanted->state;
}

void
assert_offer_becomes (Device *device, const char *id, ShoalOfferState state)
{
  WantedOffer wanted = { device, id, state };

  if (!spin_until (is_in_state, &wanted))
    {
      g_autoptr (ShoalTransferInfo) info = look (device, id);

      g_error ("%s: offer state %d, wanted %d", device == &sender ? "sender" : "receiver",
               info != NULL ? (int) info->offer_state : -1, (int) state);
    }
}
