/* test-grants.c: files that a desktop hands to a sandbox, and takes back.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The portal's file system is a folder here: what is granted lies in it, and what
 * is granted no more does not. */

#include "config.h"

#include "engine-pair.h"

#include "shoal-engine-grants.h"
#include "shoal-engine-shares.h"
#include "shoal-error.h"

#include <glib/gstdio.h>

static char *portal; /* (owned) */

/* --- The portal ------------------------------------------------------------ */

static char *
path_of (const char *id)
{
  return g_build_filename (portal, id, NULL);
}

static void
move (const char *from, const char *to)
{
  g_autofree char *old = path_of (from);
  g_autofree char *new = path_of (to);

  g_assert_cmpint (g_rename (old, new), ==, 0);
}

/* The folder of the pair is one that was chosen, and has the ID "1". */
static char *
set_up_granted (void)
{
  g_autofree char *folder = path_of ("1");

  set_up ();
  g_free (source);
  source = g_build_filename (folder, "Things", NULL);
  write_file ("small.bin", MIB);
  sender.receive = receiver.receive = TRUE;
  return find_receiver ();
}

static void
tear_down_granted (const char *id)
{
  g_autofree char *folder = path_of (id);
  g_autofree char *things = g_build_filename (folder, "Things", NULL);
  g_autofree char *file = g_build_filename (things, "small.bin", NULL);

  g_remove (file);
  g_remove (things);
  g_remove (folder);
  tear_down ();
}

static void
go_away (void)
{
  receiver.listen_port = receiver.port;
  device_stop (&receiver);
}

/* --- Sends ----------------------------------------------------------------- */

static gboolean
choose (const char *id, const char *path, GError **error)
{
  const char *paths[] = { path, NULL };
  g_autoptr (GAsyncResult) result = NULL;

  shoal_engine_choose_again_async (sender.engine, id, paths, on_answer, &result);
  g_assert_true (spin_until (has_result, &result));
  return shoal_engine_choose_again_finish (sender.engine, result, error);
}

static void
choose_now_at (const char *transfer, const char *id)
{
  g_autofree char *folder = path_of (id);
  g_autoptr (GError) error = NULL;

  g_free (source);
  source = g_build_filename (folder, "Things", NULL);
  choose (transfer, source, &error);
  g_assert_no_error (error);
}

static void
assert_lacks_leave (const char *id)
{
  g_autoptr (ShoalTransferInfo) info = NULL;

  assert_becomes (&sender, id, SHOAL_TRANSFER_PAUSED, 0);
  info = look (&sender, id);
  g_assert_error (info->error, SHOAL_ERROR, (int) SHOAL_ERROR_NOT_GRANTED);
  g_assert_cmpstr (info->error->message, ==, "Shoal may no longer read “Things”");
  g_assert_nonnull (shoal_error_get_next (info->error));
  g_assert_cmpstr (info->unreadable, ==, source);
  g_assert_true (info->lacks_folder);
  g_assert_true (info->is_held_up);
}

/* One that waits says so when we start, not when somebody is there to get it. */
static void
test_queued (void)
{
  g_autofree char *device = set_up_granted ();
  g_autofree char *going = NULL;
  g_autofree char *coming = NULL;

  go_away ();
  going = send_to (device, NULL);
  assert_offer_becomes (&sender, going, SHOAL_OFFER_QUEUED);
  device_stop (&sender);
  move ("1", "taken");
  device_start (&sender);
  assert_lacks_leave (going);

  /* Nothing is lost by starting again, or by trying. */
  restart (&sender);
  assert_lacks_leave (going);
  g_assert_true (shoal_engine_resume (sender.engine, going, NULL));
  device_start (&receiver);
  assert_lacks_leave (going);
  g_assert_cmpuint (receiver.offers->len, ==, 0);

  move ("taken", "2");
  choose_now_at (going, "2");
  await_offer (0);
  coming = accept_offer (NULL);
  assert_becomes (&receiver, coming, SHOAL_TRANSFER_DONE, MIB);
  assert_becomes (&sender, going, SHOAL_TRANSFER_DONE, 0);
  assert_same ("small.bin");
  tear_down_granted ("2");
}

/* Accepted, and then our files are gone: the receiver waits for the same ones. */
static void
test_accepted (void)
{
  g_autofree char *device = set_up_granted ();
  g_autofree char *going = send_folder ();
  g_autofree char *coming = NULL;
  g_autofree char *other = NULL;
  g_autofree char *larger = NULL;
  g_autofree char *things = NULL;
  g_autoptr (GError) error = NULL;

  coming = accept_offer (NULL);
  g_assert_true (shoal_engine_pause (receiver.engine, coming, NULL));
  assert_offer_becomes (&sender, going, SHOAL_OFFER_ACCEPTED);
  device_stop (&sender);
  move ("1", "taken");
  device_start (&sender);
  g_free (connect_to (&receiver, &sender));
  assert_lacks_leave (going);
  assert_offer_becomes (&sender, going, SHOAL_OFFER_ACCEPTED);

  /* Neither another name nor another content takes its place. */
  other = g_build_filename (sender.folder, "Others", NULL);
  g_assert_cmpint (g_mkdir (other, 0700), ==, 0);
  g_assert_false (choose (going, other, &error));
  g_assert_error (error, SHOAL_ERROR, (int) SHOAL_ERROR_INVALID);
  g_clear_error (&error);
  things = g_build_filename (other, "Things", NULL);
  larger = g_build_filename (things, "small.bin", NULL);
  g_assert_cmpint (g_mkdir (things, 0700), ==, 0);
  g_assert_true (g_file_set_contents (larger, "something else", -1, NULL));
  g_assert_false (choose (going, things, &error));
  g_assert_error (error, SHOAL_ERROR, (int) SHOAL_ERROR_CHANGED);
  assert_lacks_leave (going);

  move ("taken", "2");
  choose_now_at (going, "2");
  g_assert_true (shoal_engine_resume (receiver.engine, coming, NULL));
  assert_becomes (&receiver, coming, SHOAL_TRANSFER_DONE, MIB);
  assert_becomes (&sender, going, SHOAL_TRANSFER_DONE, 0);
  assert_same ("small.bin");
  tear_down_granted ("2");
}

/* It can be given up: the receiver hears of it. */
static void
test_cancelled (void)
{
  g_autofree char *device = set_up_granted ();
  g_autofree char *going = send_folder ();

  device_stop (&sender);
  move ("1", "taken");
  device_start (&sender);
  g_free (connect_to (&receiver, &sender));
  assert_lacks_leave (going);
  g_assert_true (shoal_engine_cancel (sender.engine, going, NULL));
  assert_becomes (&sender, going, SHOAL_TRANSFER_FAILED, 0);
  while (receiver.n_offers_gone == 0)
    g_main_context_iteration (NULL, TRUE);
  tear_down_granted ("taken");
}

/* --- Shares ---------------------------------------------------------------- */

static ShoalShareInfo *
only_share (void)
{
  g_autoptr (GPtrArray) shares = shoal_engine_get_shares (sender.engine);

  g_assert_cmpuint (shares->len, ==, 1);
  return shoal_share_info_ref (shares->pdata[0]);
}

static gboolean
share_is_in_trouble (gconstpointer data)
{
  g_autoptr (ShoalShareInfo) info = only_share ();

  return info->state == SHOAL_SHARE_TROUBLE;
}

static void
test_share (void)
{
  g_autofree char *device = set_up_granted ();
  const char *paths[] = { source, NULL };
  ShoalSharePolicy policy = { .keep = TRUE };
  g_autoptr (GAsyncResult) shared = NULL;
  g_autoptr (GAsyncResult) moved = NULL;
  g_autoptr (ShoalShareInfo) info = NULL;
  g_autoptr (ShoalShareInfo) told = NULL;
  g_autoptr (ShoalShareInfo) again = NULL;
  g_autofree char *folder = path_of ("2");
  g_autofree char *chosen = g_build_filename (folder, "Things", NULL);

  shoal_engine_share_async (sender.engine, paths, &policy, NULL, NULL, NULL, on_answer, &shared);
  g_assert_true (spin_until (has_result, &shared));
  info = shoal_engine_share_finish (sender.engine, shared, NULL);
  g_assert_nonnull (info);
  g_clear_object (&shared);
  device_stop (&sender);
  move ("1", "2");
  device_start (&sender);
  g_assert_true (spin_until (share_is_in_trouble, NULL));
  told = only_share ();
  g_assert_error (told->error, SHOAL_ERROR, (int) SHOAL_ERROR_NOT_GRANTED);
  g_assert_true (told->is_folder);

  paths[0] = chosen;
  shoal_engine_relocate_share_async (sender.engine, info->id, paths, FALSE, NULL, NULL, NULL,
                                     on_answer, &moved);
  g_assert_true (spin_until (has_result, &moved));
  again = shoal_engine_relocate_share_finish (sender.engine, moved, NULL);
  g_assert_cmpint (again->state, ==, SHOAL_SHARE_SERVED);
  g_assert_cmpstr (again->id, ==, info->id);
  g_clear_object (&moved);
  tear_down_granted ("2");
}

int
main (int argc, char *argv[])
{
  g_autofree char *folder = g_dir_make_tmp ("shoal-grants-XXXXXX", NULL);
  int status;

  g_setenv ("XDG_RUNTIME_DIR", folder, TRUE);
  portal = g_build_filename (folder, "doc", NULL);
  g_assert_cmpint (g_mkdir (portal, 0700), ==, 0);
  g_test_init (&argc, &argv, NULL);
  runtime = shoal_main_runtime_new (NULL);
  g_test_add_func ("/engine/grants/queued", test_queued);
  g_test_add_func ("/engine/grants/accepted", test_accepted);
  g_test_add_func ("/engine/grants/cancelled", test_cancelled);
  g_test_add_func ("/engine/grants/share", test_share);
  status = g_test_run ();
  shoal_main_runtime_drain (runtime);
  g_object_unref (runtime);
  g_rmdir (portal);
  g_rmdir (folder);
  g_free (portal);
  return status;
}
