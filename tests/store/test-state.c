/* test-state.c: what the modules of the state database give back.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-main-runtime.h"
#include "shoal-state-devices.h"
#include "shoal-state-seen.h"
#include "shoal-state-settings.h"
#include "shoal-state-shares.h"
#include "shoal-state-transfers.h"

typedef struct
{
  ShoalMainRuntime *runtime;
  ShoalDatabase    *db;
} Fixture;

static void
on_trouble (const GError *error, gpointer user_data)
{
  g_error ("%s", error->message);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->runtime = shoal_main_runtime_new (NULL);
  f->db = shoal_database_open (SHOAL_RUNTIME (f->runtime), NULL, &error);
  g_assert_no_error (error);
  shoal_database_set_trouble_func (f->db, on_trouble, NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  shoal_database_unref (f->db);
  shoal_main_runtime_drain (f->runtime);
  g_assert_finalize_object (f->runtime);
}

static void
settle (Fixture *f)
{
  shoal_main_runtime_drain (f->runtime);
}

static ShoalHash
hash_of (uint8_t byte)
{
  ShoalHash hash;

  memset (hash.bytes, byte, sizeof hash.bytes);
  return hash;
}

static void
on_written (const GError *error, gpointer user_data)
{
  g_assert_no_error (error);
  ++*(int *) user_data;
}

/* --- Settings ------------------------------------------------------------ */

static void
test_settings (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) settings = NULL;
  int n_written = 0;

  shoal_state_settings_set (f->db, "name", "Anna's laptop", on_written, &n_written);
  shoal_state_settings_set (f->db, "port", "1", on_written, &n_written);
  shoal_state_settings_set (f->db, "port", "2", NULL, NULL);
  shoal_state_settings_set (f->db, "gone", "x", NULL, NULL);
  shoal_state_settings_set (f->db, "gone", NULL, NULL, NULL);
  settle (f);
  g_assert_cmpint (n_written, ==, 2);
  settings = shoal_state_settings_load (f->db, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_hash_table_size (settings), ==, 2);
  g_assert_cmpstr (g_hash_table_lookup (settings, "name"), ==, "Anna's laptop");
  g_assert_cmpstr (g_hash_table_lookup (settings, "port"), ==, "2");
}

/* --- Devices ------------------------------------------------------------- */

static void
save_device (Fixture *f, uint8_t id, const char *name, gboolean secrets)
{
  ShoalHash hash = hash_of (id);
  g_autoptr (ShoalStoredDevice) device = shoal_stored_device_new (&hash);

  g_free (device->name);
  device->name = g_strdup (name);
  device->flags = SHOAL_DEVICE_FRIEND;
  if (secrets)
    {
      device->nickname = g_strdup ("Ann");
      device->picture = g_bytes_new_static ("\0PNG", 4);
    }
  device->has_own_secret = secrets;
  device->own_secret = hash_of (0x11);
  device->accept_limit = -1;
  device->first_seen = id;
  device->last_seen = 99;
  shoal_state_devices_save (f->db, device, NULL, NULL);
}

static GPtrArray *
load_devices (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *devices = shoal_state_devices_load (f->db, &error);

  g_assert_no_error (error);
  return devices;
}

static void
test_devices (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) devices = NULL;
  ShoalHash one = hash_of (1), own = hash_of (0x11);
  ShoalStoredDevice *device;

  save_device (f, 1, "Anna", TRUE);
  save_device (f, 2, "Berta", FALSE);
  shoal_state_devices_remember_address (f->db, &one, "10.0.0.1:1", 5);
  save_device (f, 1, "Änne", TRUE);
  settle (f);

  devices = load_devices (f);
  g_assert_cmpuint (devices->len, ==, 2);
  device = devices->pdata[0];
  g_assert_true (shoal_hash_equals (&device->id, &one));
  g_assert_cmpstr (device->name, ==, "Änne");
  g_assert_cmpstr (device->nickname, ==, "Ann");
  g_assert_cmpuint (g_bytes_get_size (device->picture), ==, 4);
  g_assert_cmpuint (device->flags, ==, SHOAL_DEVICE_FRIEND);
  g_assert_true (device->has_own_secret && shoal_hash_equals (&device->own_secret, &own));
  g_assert_false (device->has_their_secret);
  g_assert_cmpint (device->accept_limit, ==, -1);
  g_assert_cmpint (device->first_seen, ==, 1);
  g_assert_cmpint (device->last_seen, ==, 99);
  /* Saving the record again kept its address. */
  g_assert_cmpuint (device->addresses->len, ==, 1);
  device = devices->pdata[1];
  g_assert_false (device->has_own_secret);
  g_assert_null (device->nickname);
  g_assert_null (device->picture);

  shoal_state_devices_remove (f->db, &one, NULL, NULL);
  settle (f);
  g_clear_pointer (&devices, g_ptr_array_unref);
  devices = load_devices (f);
  g_assert_cmpuint (devices->len, ==, 1);
}

static void
test_addresses (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) devices = NULL;
  ShoalHash one = hash_of (1), two = hash_of (2), nobody = hash_of (3);
  ShoalStoredDevice *device;

  save_device (f, 1, "Anna", TRUE);
  save_device (f, 2, "Berta", TRUE);
  for (int i = 0; i < 20; i++)
    {
      g_autofree char *address = g_strdup_printf ("10.0.0.1:%d", i);

      shoal_state_devices_remember_address (f->db, &one, address, 100 + i);
    }
  shoal_state_devices_remember_address (f->db, &two, "10.0.0.1:19", 1);
  shoal_state_devices_remember_address (f->db, &nobody, "10.0.0.1:1", 1);
  shoal_state_devices_remember_address (f->db, &one, "10.0.0.1:4", 500);
  shoal_state_devices_forget_address (f->db, &one, "10.0.0.1:18");
  settle (f);

  devices = load_devices (f);
  device = devices->pdata[0];
  g_assert_cmpuint (device->addresses->len, ==, SHOAL_STATE_MAX_ADDRESSES - 1);
  g_assert_cmpstr (g_array_index (device->addresses, ShoalStoredAddress, 0).address, ==,
                   "10.0.0.1:4");
  g_assert_cmpint (g_array_index (device->addresses, ShoalStoredAddress, 0).last_success, ==, 500);
  g_assert_cmpstr (g_array_index (device->addresses, ShoalStoredAddress, 1).address, ==,
                   "10.0.0.1:19");

  /* Of every device: the way out of a wrong key. */
  shoal_state_devices_forget_address (f->db, NULL, "10.0.0.1:19");
  settle (f);
  g_clear_pointer (&devices, g_ptr_array_unref);
  devices = load_devices (f);
  device = devices->pdata[1];
  g_assert_cmpuint (device->addresses->len, ==, 0);
}

/* --- Shares -------------------------------------------------------------- */

static void
test_shares (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) shares = NULL;
  g_autoptr (ShoalStoredShare) share = shoal_stored_share_new ();
  ShoalHash a = hash_of (0xa), b = hash_of (0xb);
  ShoalStoredShare *got;

  share->info_hash = hash_of (1);
  share->policy = SHOAL_SHARE_FOR_DEVICES;
  share->created = 7;
  g_strfreev (share->roots);
  share->roots = g_strsplit ("/home/a\xff/x|/tmp/y", "|", -1);
  g_array_append_val (share->devices, a);
  g_array_append_val (share->devices, b);
  shoal_state_shares_save (f->db, share, NULL, NULL);
  share->bytes = 300;
  share->files = 3;
  share->is_folder = TRUE;
  shoal_state_shares_save (f->db, share, NULL, NULL);
  share->bytes_uploaded = G_GUINT64_CONSTANT (1) << 40;
  shoal_state_shares_update (f->db, share);
  share->has_secret = TRUE;
  share->secret = hash_of (5);
  share->created = 8;
  shoal_state_shares_save (f->db, share, NULL, NULL);
  settle (f);

  shares = shoal_state_shares_load (f->db, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (shares->len, ==, 2);
  got = shares->pdata[0];
  g_assert_false (got->has_secret);
  g_assert_true (shoal_hash_equals (&got->info_hash, &share->info_hash));
  g_assert_cmpuint (got->bytes_uploaded, ==, G_GUINT64_CONSTANT (1) << 40);
  g_assert_cmpint (got->policy, ==, SHOAL_SHARE_FOR_DEVICES);
  g_assert_cmpuint (got->bytes, ==, 300);
  g_assert_cmpuint (got->files, ==, 3);
  g_assert_true (got->is_folder);
  g_assert_cmpuint (g_strv_length (got->roots), ==, 2);
  g_assert_cmpstr (got->roots[0], ==, "/home/a\xff/x");
  g_assert_cmpstr (got->roots[1], ==, "/tmp/y");
  g_assert_cmpuint (got->devices->len, ==, 2);
  g_assert_true (shoal_hash_equals (&g_array_index (got->devices, ShoalHash, 1), &b));
  got = shares->pdata[1];
  g_assert_true (got->has_secret && shoal_hash_equals (&got->secret, &share->secret));

  shoal_state_shares_remove (f->db, share, NULL, NULL);
  settle (f);
  g_clear_pointer (&shares, g_ptr_array_unref);
  shares = shoal_state_shares_load (f->db, &error);
  g_assert_cmpuint (shares->len, ==, 1);
  g_assert_false (((ShoalStoredShare *) shares->pdata[0])->has_secret);
}

/* --- Transfers ----------------------------------------------------------- */

static ShoalStoredTransfer *
make_transfer (uint8_t id, ShoalStoredState state)
{
  static const char *const ADDRESSES[] = { "10.0.0.1:5", "[fe80::1]:6", NULL };
  ShoalTransferId transfer_id;
  ShoalStoredTransfer *t;
  ShoalHash device = hash_of (0xd), other = hash_of (0x1);

  memset (transfer_id.bytes, id, sizeof transfer_id.bytes);
  t = shoal_stored_transfer_new (&transfer_id);
  t->direction = SHOAL_STORED_SEND;
  t->kind = SHOAL_STORED_LINK;
  t->state = state;
  t->flags = SHOAL_STORED_IS_DRAFT | SHOAL_STORED_PASS_ON;
  t->share_key = hash_of (2);
  t->has_offer = TRUE;
  t->offer = transfer_id;
  t->offer_key = hash_of (3);
  g_free (t->name);
  t->name = g_strdup ("photos");
  t->destination = g_strdup ("/tmp/\xfe");
  t->text = g_bytes_new ("", 0);
  t->description = g_bytes_new ("d4:infoe", 8);
  t->attributes = g_bytes_new ("\0\1", 2);
  t->total_bytes = 1000;
  t->done_bytes = 10;
  t->total_files = 3;
  t->created = id;
  t->updated = id;
  shoal_stored_transfer_add_peer (t, &device, 1, ADDRESSES);
  shoal_stored_transfer_add_peer (t, &other, 2, NULL);
  g_strfreev (t->roots);
  t->roots = g_strsplit ("/b,/a", ",", -1);
  return t;
}

static void
check_transfer (ShoalStoredTransfer *t)
{
  ShoalHash key = hash_of (2), offer_key = hash_of (3), device = hash_of (0xd);
  ShoalStoredPeer *peer = &g_array_index (t->peers, ShoalStoredPeer, 0);

  g_assert_cmpint (t->direction, ==, SHOAL_STORED_SEND);
  g_assert_cmpint (t->kind, ==, SHOAL_STORED_LINK);
  g_assert_cmpint (t->flags, ==, SHOAL_STORED_IS_DRAFT | SHOAL_STORED_PASS_ON);
  g_assert_true (shoal_hash_equals (&t->share_key, &key));
  g_assert_true (t->has_offer && shoal_hash_equals (&t->offer_key, &offer_key));
  g_assert_cmpmem (t->offer.bytes, 16, t->id.bytes, 16);
  g_assert_false (t->has_secret);
  g_assert_cmpstr (t->name, ==, "photos");
  g_assert_cmpstr (t->destination, ==, "/tmp/\xfe");
  g_assert_null (t->link);
  g_assert_cmpuint (g_bytes_get_size (t->text), ==, 0);
  g_assert_cmpmem (g_bytes_get_data (t->description, NULL), g_bytes_get_size (t->description),
                   "d4:infoe", 8);
  g_assert_cmpuint (g_bytes_get_size (t->attributes), ==, 2);
  g_assert_null (t->chosen);
  g_assert_cmpuint (t->total_bytes, ==, 1000);
  g_assert_cmpuint (t->total_files, ==, 3);
  g_assert_cmpuint (t->peers->len, ==, 2);
  g_assert_true (shoal_hash_equals (&peer->device, &device));
  g_assert_cmpuint (g_strv_length (peer->addresses), ==, 2);
  g_assert_cmpstr (peer->addresses[1], ==, "[fe80::1]:6");
  g_assert_cmpuint (g_strv_length (peer[1].addresses), ==, 0);
  g_assert_cmpuint (g_strv_length (t->roots), ==, 2);
  g_assert_cmpstr (t->roots[0], ==, "/b");
}

/* Who is over, latest first, as "ID:STATE ". */
static char *
list_history (Fixture *f, uint32_t limit)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) transfers = shoal_state_history_load (f->db, limit, &error);
  GString *log = g_string_new (NULL);

  g_assert_no_error (error);
  for (guint i = 0; i < transfers->len; i++)
    {
      ShoalStoredTransfer *t = transfers->pdata[i];

      g_assert_null (t->description);
      g_string_append_printf (log, "%d:%d ", t->id.bytes[0], t->state);
    }
  return g_string_free (log, FALSE);
}

/* What a row update carries, and that it carries nothing else. */
static void
check_updated (const ShoalStoredTransfer *t, const GError *error, gpointer user_data)
{
  g_assert_no_error (error);
  g_assert_nonnull (t);
  check_transfer ((ShoalStoredTransfer *) t);
  g_assert_cmpint (t->state, ==, SHOAL_STORED_FAILED);
  g_assert_cmpuint (t->done_bytes, ==, 77);
  g_assert_cmpuint (t->wanted_bytes, ==, 500);
  g_assert_cmpuint (t->wanted_files, ==, 2);
  g_assert_cmpuint (t->failed_files, ==, 1);
  g_assert_cmpuint (t->passed_on, ==, 12);
  g_assert_cmpuint (t->position, ==, 9);
  g_assert_cmpint (t->started, ==, 3);
  g_assert_cmpint (t->told, ==, 4);
  g_assert_cmpint (t->heard, ==, 5);
  g_assert_cmpstr (t->saved_as, ==, "photos (1)");
  g_assert_cmpstr (t->error_code, ==, "disk-full");
  g_assert_cmpstr (t->error_next, ==, "Free some.");
  g_assert_cmpuint (t->error_side, ==, 2);
  *(gboolean *) user_data = TRUE;
}

static void
check_missing (const ShoalStoredTransfer *t, const GError *error, gpointer user_data)
{
  g_assert_no_error (error);
  g_assert_null (t);
  *(gboolean *) user_data = TRUE;
}

static void
test_transfers (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) transfers = NULL;
  g_autoptr (ShoalStoredTransfer) one = make_transfer (1, SHOAL_STORED_OFFERED);
  g_autoptr (ShoalStoredTransfer) two = make_transfer (2, SHOAL_STORED_RUNNING);
  g_autofree char *log = NULL;
  gboolean found = FALSE;
  int n_written = 0;

  shoal_state_transfers_save (f->db, two, on_written, &n_written);
  shoal_state_transfers_save (f->db, one, on_written, &n_written);
  shoal_state_transfers_save (f->db, one, on_written, &n_written); /* again: replaces */
  settle (f);
  g_assert_cmpint (n_written, ==, 3);
  transfers = shoal_state_transfers_load (f->db, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (transfers->len, ==, 2);
  check_transfer (transfers->pdata[0]);
  check_transfer (transfers->pdata[1]);
  g_assert_cmpint (((ShoalStoredTransfer *) transfers->pdata[0])->state, ==, SHOAL_STORED_OFFERED);
  g_clear_pointer (&transfers, g_ptr_array_unref);

  one->state = SHOAL_STORED_FAILED;
  one->done_bytes = 77;
  one->wanted_bytes = 500;
  one->wanted_files = 2;
  one->failed_files = 1;
  one->passed_on = 12;
  one->position = 9;
  one->updated = 50;
  one->started = 3;
  one->told = 4;
  one->heard = 5;
  one->saved_as = g_strdup ("photos (1)");
  one->error_code = g_strdup ("disk-full");
  one->error_side = 2;
  one->error_next = g_strdup ("Free some.");
  shoal_state_transfers_update (f->db, one, NULL, NULL);
  shoal_state_transfers_load_one (f->db, &one->id, check_updated, &found);
  settle (f);
  g_assert_true (found);
  transfers = shoal_state_transfers_load (f->db, &error);
  g_assert_cmpuint (transfers->len, ==, 1);
  log = list_history (f, 10);
  g_assert_cmpstr (log, ==, "1:19 ");

  found = FALSE;
  shoal_state_transfers_remove (f->db, &one->id, NULL, NULL);
  shoal_state_transfers_load_one (f->db, &one->id, check_missing, &found);
  settle (f);
  g_assert_true (found);
}

static void
check_bare (const ShoalStoredTransfer *t, const GError *error, gpointer user_data)
{
  g_assert_null (t->description);
  g_assert_null (t->attributes);
  g_assert_nonnull (t->text);
}

static void
check_whole (const ShoalStoredTransfer *t, const GError *error, gpointer user_data)
{
  check_transfer ((ShoalStoredTransfer *) t);
}

static void
test_history (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) transfers = NULL;
  g_autofree char *some = NULL;
  g_autofree char *all = NULL;
  ShoalTransferId id;

  for (uint8_t i = 1; i <= 6; i++)
    {
      g_autoptr (ShoalStoredTransfer) t
        = make_transfer (i, i == 1 ? SHOAL_STORED_PAUSED : SHOAL_STORED_DONE);

      shoal_state_transfers_save (f->db, t, NULL, NULL);
      if (i == 4)
        shoal_state_transfers_remove (f->db, &t->id, NULL, NULL);
    }
  settle (f);
  some = list_history (f, 3);
  g_assert_cmpstr (some, ==, "6:16 5:16 3:16 ");
  /* Of each, 10 bytes of blobs. */
  shoal_state_history_prune (f->db, 2, 15);
  settle (f);
  all = list_history (f, 100);
  g_assert_cmpstr (all, ==, "6:16 5:16 ");
  transfers = shoal_state_transfers_load (f->db, &error);
  g_assert_cmpuint (transfers->len, ==, 1);
  check_transfer (transfers->pdata[0]);
  memset (id.bytes, 6, sizeof id.bytes);
  shoal_state_transfers_load_one (f->db, &id, check_whole, NULL);
  memset (id.bytes, 5, sizeof id.bytes);
  shoal_state_transfers_load_one (f->db, &id, check_bare, NULL);
  settle (f);
}

/* --- Opened messages ------------------------------------------------------ */

static void
test_seen (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) seen = shoal_state_seen_load (f->db, &error);
  ShoalSeenMessage one = { hash_of (1), 100 }, two = { hash_of (2), 50 },
                   three = { hash_of (3), 200 };

  g_assert_cmpuint (seen->len, ==, 0);
  shoal_state_seen_add (f->db, &one, 0);
  shoal_state_seen_add (f->db, &two, 0);
  shoal_state_seen_add (f->db, &two, 0);
  settle (f);
  g_clear_pointer (&seen, g_array_unref);
  seen = shoal_state_seen_load (f->db, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (seen->len, ==, 2);
  g_assert_cmpmem (seen->data, sizeof two, &two, sizeof two);
  g_assert_cmpmem (seen->data + sizeof two, sizeof one, &one, sizeof one);

  shoal_state_seen_add (f->db, &three, 100);
  settle (f);
  g_clear_pointer (&seen, g_array_unref);
  seen = shoal_state_seen_load (f->db, &error);
  g_assert_cmpuint (seen->len, ==, 2);
  g_assert_cmpmem (seen->data, sizeof one, &one, sizeof one);
  g_assert_cmpmem (seen->data + sizeof one, sizeof three, &three, sizeof three);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add ("/store/state/" path, Fixture, NULL, set_up, func, tear_down)
  ADD ("settings", test_settings);
  ADD ("devices", test_devices);
  ADD ("addresses", test_addresses);
  ADD ("shares", test_shares);
  ADD ("transfers", test_transfers);
  ADD ("history", test_history);
  ADD ("seen", test_seen);
  return g_test_run ();
}
