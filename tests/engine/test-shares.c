/* test-shares.c: what is shared, through restarts, moves and changes of mind.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "engine-pair.h"

#include "shoal-engine-shares.h"
#include "shoal-error.h"

#include <glib/gstdio.h>
#include <string.h>

/* The sender shares, the receiver gets. */

/* --- Sharing and getting --------------------------------------------------- */

static ShoalShareInfo *
share (const ShoalSharePolicy *policy)
{
  const char *paths[] = { source, NULL };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  ShoalShareInfo *info;

  shoal_engine_share_async (sender.engine, paths, policy, NULL, NULL, NULL, on_answer, &result);
  g_assert_true (spin_until (has_result, &result));
  info = shoal_engine_share_finish (sender.engine, result, &error);
  g_assert_no_error (error);
  return info;
}

/* (nullable) */
static ShoalShareInfo *
only_share (void)
{
  g_autoptr (GPtrArray) shares = shoal_engine_get_shares (sender.engine);

  g_assert_cmpuint (shares->len, <=, 1);
  return shares->len > 0 ? shoal_share_info_ref (g_ptr_array_index (shares, 0)) : NULL;
}

static gboolean
is_in_state (gconstpointer data)
{
  g_autoptr (ShoalShareInfo) info = only_share ();

  return info != NULL && (gconstpointer) GINT_TO_POINTER ((int) info->state) == data;
}

static void
assert_share_becomes (ShoalShareState state)
{
  g_assert_true (spin_until (is_in_state, GINT_TO_POINTER ((int) state)));
}

/* The transfer. */
static char *
get (const char *what)
{
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%d", sender.port);
  const char *from[] = { address, NULL };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  char *id;

  shoal_engine_get_async (receiver.engine, what, receiver.folder, from, NULL, on_answer, &result);
  g_assert_true (spin_until (has_result, &result));
  id = shoal_engine_get_finish (receiver.engine, result, &error);
  g_assert_no_error (error);
  return id;
}

static gboolean
get_is_over (gconstpointer id)
{
  g_autoptr (ShoalTransferInfo) info = look (&receiver, id);

  return info->phase >= SHOAL_TRANSFER_DONE;
}

static void
write_some (void)
{
  write_file ("a.bin", 2 * MIB);
  write_file ("b/c.bin", 1000);
}

static void
remove_things (void)
{
  g_autofree char *one = g_build_filename (receiver.folder, "Things", "a.bin", NULL);
  g_autofree char *two = g_build_filename (receiver.folder, "Things", "b", "c.bin", NULL);
  g_autofree char *inner = g_path_get_dirname (two);
  g_autofree char *outer = g_path_get_dirname (inner);

  g_unlink (one);
  g_unlink (two);
  g_rmdir (inner);
  g_rmdir (outer);
}

/* --- Keeping --------------------------------------------------------------- */

static gboolean
has_uploaded (gconstpointer data)
{
  g_autoptr (ShoalShareInfo) info = only_share ();

  return info->uploaded >= GPOINTER_TO_UINT (data);
}

/* A kept share is served again after a restart, and adds up what has gone out. */
static void
test_kept (void)
{
  ShoalSharePolicy policy = { .keep = TRUE };
  g_autoptr (ShoalShareInfo) first = NULL;
  g_autoptr (ShoalShareInfo) again = NULL;
  g_autoptr (ShoalFileList) list = NULL;
  g_autofree char *id = NULL;
  g_autofree char *next = NULL;

  set_up ();
  sender.receive = TRUE;
  write_some ();
  first = share (&policy);
  g_assert_true (first->is_kept);
  g_assert_cmpint (first->state, ==, SHOAL_SHARE_SERVED);
  g_assert_cmpstr (first->paths[0], ==, source);
  id = get (first->link);
  assert_becomes (&receiver, id, SHOAL_TRANSFER_DONE, 2 * MIB + 1000);
  assert_same ("a.bin");
  g_assert_true (spin_until (has_uploaded, GUINT_TO_POINTER (2 * MIB + 1000)));
  sender.listen_port = sender.port;
  restart (&sender);
  assert_share_becomes (SHOAL_SHARE_SERVED);
  again = only_share ();
  g_assert_cmpstr (again->id, ==, first->id);
  g_assert_cmpstr (again->name, ==, "Things");
  g_assert_cmpstr (again->link, ==, first->link);
  g_assert_cmpuint (again->bytes, ==, 2 * MIB + 1000);
  g_assert_cmpuint (again->files, ==, 2);
  g_assert_cmpuint (again->uploaded, ==, 2 * MIB + 1000);
  g_assert_cmpint (again->created_at, ==, first->created_at);
  list = list_files (&sender, again->id);
  g_assert_cmpuint (shoal_file_list_get_n_files (list), ==, 2);
  remove_things ();
  next = get (first->link);
  assert_becomes (&receiver, next, SHOAL_TRANSFER_DONE, 2 * MIB + 1000);
  g_assert_true (spin_until (has_uploaded, GUINT_TO_POINTER (2 * (2 * MIB + 1000))));

  g_assert_true (shoal_engine_unshare (sender.engine, first->id, NULL));
  restart (&sender);
  g_assert_null (only_share ());
  tear_down ();
}

/* One that is not kept ends with the engine. */
static void
test_not_kept (void)
{
  ShoalSharePolicy policy = { 0 };
  g_autoptr (ShoalShareInfo) info = NULL;

  set_up ();
  sender.receive = TRUE;
  write_some ();
  info = share (&policy);
  g_assert_false (info->is_kept);
  restart (&sender);
  g_assert_null (only_share ());
  tear_down ();
}

/* --- For whom -------------------------------------------------------------- */

static void
test_policy (void)
{
  ShoalSharePolicy for_link = { .keep = TRUE };
  ShoalSharePolicy is_private = { .keep = TRUE, .is_private = TRUE };
  const char *nobody[] = { "nobody", NULL };
  ShoalSharePolicy bad = { .devices = nobody };
  g_autoptr (ShoalShareInfo) open = NULL;
  g_autoptr (ShoalShareInfo) closed = NULL;
  g_autoptr (ShoalShareInfo) secret = NULL;
  g_autofree char *receiver_id = g_strdup ("");
  g_autofree char *id = NULL;
  g_autofree char *with_secret = NULL;
  ShoalSharePolicy for_friends = { .keep = TRUE, .all_friends = TRUE };

  set_up ();
  sender.receive = TRUE;
  write_file ("large.bin", 200 * MIB);
  open = share (&for_link);
  g_free (receiver_id);
  receiver_id = find_receiver ();
  id = get (open->link);
  assert_becomes (&receiver, id, SHOAL_TRANSFER_RUNNING, MIB);

  /* No friend: cut off at once, and after a restart. */
  g_assert_false (shoal_engine_set_share_policy (sender.engine, open->id, &bad, NULL));
  g_assert_true (shoal_engine_set_share_policy (sender.engine, open->id, &for_friends, NULL));
  assert_becomes (&receiver, id, SHOAL_TRANSFER_CONNECTING, MIB);
  g_assert_cmpuint (bytes_of (&receiver, id), <, 200 * MIB);
  sender.listen_port = sender.port;
  restart (&sender);
  assert_share_becomes (SHOAL_SHARE_SERVED);
  closed = only_share ();
  g_assert_true (closed->for_all_friends);
  spin_for (300 * 1000);
  g_assert_cmpuint (bytes_of (&receiver, id), <, 200 * MIB);

  /* Chosen. */
  {
    const char *devices[] = { receiver_id, NULL };
    ShoalSharePolicy for_them = { .keep = TRUE, .devices = devices };

    g_assert_true (shoal_engine_set_share_policy (sender.engine, open->id, &for_them, NULL));
  }
  g_assert_true (shoal_engine_cancel (receiver.engine, id, NULL));
  with_secret = get (open->link);
  assert_becomes (&receiver, with_secret, SHOAL_TRANSFER_DONE, 200 * MIB);

  /* A secret: another link, and the old one opens nothing. */
  g_assert_true (shoal_engine_set_share_policy (sender.engine, open->id, &is_private, NULL));
  secret = only_share ();
  g_assert_true (secret->is_private);
  g_assert_cmpstr (secret->link, !=, open->link);
  g_assert_nonnull (strstr (secret->link, "x.sk="));
  tear_down ();
}

/* --- Places ---------------------------------------------------------------- */

static ShoalShareInfo *
relocate (const char *id, const char *path, gboolean take_changes, GError **error)
{
  const char *paths[] = { path, NULL };
  g_autoptr (GAsyncResult) result = NULL;

  shoal_engine_relocate_share_async (sender.engine, id, path != NULL ? paths : NULL, take_changes,
                                     NULL, NULL, NULL, on_answer, &result);
  g_assert_true (spin_until (has_result, &result));
  return shoal_engine_relocate_share_finish (sender.engine, result, error);
}

/* What is not there any more says so, and goes on from where it is now. */
static void
test_moved (void)
{
  ShoalSharePolicy policy = { .keep = TRUE, .is_private = TRUE };
  g_autoptr (ShoalShareInfo) first = NULL;
  g_autoptr (ShoalShareInfo) lost = NULL;
  g_autoptr (ShoalShareInfo) found = NULL;
  g_autofree char *folder = NULL;
  g_autofree char *moved = NULL;
  g_autofree char *id = NULL;

  set_up ();
  sender.receive = TRUE;
  write_some ();
  first = share (&policy);
  folder = g_build_filename (sender.folder, "elsewhere", NULL);
  moved = g_build_filename (folder, "Things", NULL);
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  sender.listen_port = sender.port;
  device_stop (&sender);
  g_assert_cmpint (g_rename (source, moved), ==, 0);
  device_start (&sender);
  assert_share_becomes (SHOAL_SHARE_TROUBLE);
  lost = only_share ();
  g_assert_error (lost->error, SHOAL_ERROR, (int) SHOAL_ERROR_NOT_FOUND);
  g_assert_nonnull (shoal_error_get_next (lost->error));
  g_assert_nonnull (strstr (lost->error->message, "Things"));
  g_assert_cmpstr (lost->name, ==, "Things");

  found = relocate (first->id, moved, FALSE, NULL);
  g_assert_nonnull (found);
  g_assert_cmpint (found->state, ==, SHOAL_SHARE_SERVED);
  g_assert_cmpstr (found->link, ==, first->link);
  g_assert_cmpstr (found->paths[0], ==, moved);
  g_assert_null (found->error);
  restart (&sender);
  assert_share_becomes (SHOAL_SHARE_SERVED);
  id = get (first->link);
  assert_becomes (&receiver, id, SHOAL_TRANSFER_DONE, 2 * MIB + 1000);
  tear_down ();
}

/* Other content is another share, if that is wanted. */
static void
test_changed (void)
{
  ShoalSharePolicy policy = { .keep = TRUE };
  g_autoptr (ShoalShareInfo) first = NULL;
  g_autoptr (ShoalShareInfo) trouble = NULL;
  g_autoptr (ShoalShareInfo) refused = NULL;
  g_autoptr (ShoalShareInfo) taken = NULL;
  g_autoptr (ShoalShareInfo) later = NULL;
  g_autoptr (GError) error = NULL;

  set_up ();
  sender.receive = TRUE;
  write_some ();
  first = share (&policy);
  device_stop (&sender);
  write_file ("more.bin", 10);
  device_start (&sender);
  assert_share_becomes (SHOAL_SHARE_TROUBLE);
  trouble = only_share ();
  g_assert_error (trouble->error, SHOAL_ERROR, (int) SHOAL_ERROR_CHANGED);
  refused = relocate (first->id, NULL, FALSE, &error);
  g_assert_null (refused);
  g_assert_error (error, SHOAL_ERROR, (int) SHOAL_ERROR_CHANGED);
  taken = relocate (first->id, NULL, TRUE, NULL);
  g_assert_nonnull (taken);
  g_assert_cmpstr (taken->id, !=, first->id);
  g_assert_cmpuint (taken->files, ==, 3);
  restart (&sender);
  assert_share_becomes (SHOAL_SHARE_SERVED);
  later = only_share ();
  g_assert_cmpstr (later->id, ==, taken->id);
  tear_down ();
}

/* --- Describing ------------------------------------------------------------ */

static ShoalDescribed *
describe (const char *what, gboolean with_address, GError **error)
{
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%d", sender.port);
  const char *from[] = { address, NULL };
  g_autoptr (GAsyncResult) result = NULL;

  shoal_engine_describe_async (receiver.engine, what, with_address ? from : NULL, NULL, on_answer,
                               &result);
  g_assert_true (spin_until (has_result, &result));
  return shoal_engine_describe_finish (receiver.engine, result, error);
}

static char *
export_share (const char *id)
{
  char *file = g_build_filename (sender.folder, "things.torrent", NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  shoal_engine_export_share_async (sender.engine, id, file, NULL, on_answer, &result);
  g_assert_true (spin_until (has_result, &result));
  g_assert_true (shoal_engine_export_share_finish (sender.engine, result, &error));
  g_assert_no_error (error);
  return file;
}

static void
check_described (ShoalDescribed *described, const ShoalShareInfo *info, gboolean found)
{
  g_assert_nonnull (described);
  g_assert_cmpstr (described->id, ==, info->id);
  g_assert_cmpstr (described->name, ==, "Things");
  g_assert_cmpuint (described->bytes, ==, 2 * MIB + 1000);
  if (!found)
    {
      g_assert_null (described->sources[0]);
      return;
    }
  g_assert_true (described->is_described);
  g_assert_cmpuint (described->files, ==, 2);
  g_assert_cmpstr (described->sources[0]->id, ==, shoal_engine_get_id (sender.engine));
  g_assert_null (described->sources[1]);
}

static void
test_describe (void)
{
  ShoalSharePolicy policy = { .is_private = TRUE };
  g_autoptr (ShoalShareInfo) info = NULL;
  g_autoptr (ShoalDescribed) link = NULL;
  g_autoptr (ShoalDescribed) file = NULL;
  g_autoptr (ShoalDescribed) nobody = NULL;
  g_autoptr (ShoalDescribed) only_file = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *torrent = NULL;

  set_up ();
  write_some ();
  info = share (&policy);
  torrent = export_share (info->id);
  link = describe (info->link, FALSE, &error);
  g_assert_no_error (error);
  check_described (link, info, TRUE);
  g_assert_true (link->is_private);
  g_assert_cmpuint (count_transfers (&receiver), ==, 0);

  /* What a .torrent names is not private: nobody opens it without the secret. */
  file = describe (torrent, TRUE, &error);
  g_assert_no_error (error);
  check_described (file, info, FALSE);
  g_assert_true (file->is_described);
  g_assert_cmpuint (file->files, ==, 2);

  g_assert_true (shoal_engine_unshare (sender.engine, info->id, NULL));
  nobody = describe (info->link, FALSE, &error);
  g_assert_no_error (error);
  check_described (nobody, info, FALSE);
  g_assert_false (nobody->is_described);

  g_assert_null (describe ("magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a", FALSE,
                           &error));
  g_assert_error (error, SHOAL_ERROR, (int) SHOAL_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  g_assert_null (describe ("/no/such.torrent", FALSE, &error));
  g_assert_error (error, SHOAL_ERROR, (int) SHOAL_ERROR_NOT_FOUND);
  tear_down ();
}

/* A stop ends what asks. */
static void
test_describe_and_stop (void)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  set_up ();
  shoal_engine_describe_async (
    receiver.engine,
    "magnet:?xt=urn:btmh:1220caf1e1c30e81cb361b9ee167c4aa64228a7fa4fa9f6105232b28ad099f3a302e",
    NULL, NULL, on_answer, &result);
  spin_for (50 * 1000);
  device_end (&receiver);
  g_assert_true (spin_until (has_result, &result));
  g_assert_null (shoal_engine_describe_finish (receiver.engine, result, &error));
  g_assert_error (error, SHOAL_ERROR, (int) SHOAL_ERROR_CANCELLED);
  g_clear_object (&result);
  g_assert_finalize_object (g_steal_pointer (&receiver.engine));
  shoal_main_runtime_drain (runtime);
  device_start (&receiver);
  tear_down ();
}

/* --- A source that comes later --------------------------------------------- */

/* An address that did not answer at first is tried again. */
static void
test_from_later (void)
{
  ShoalSharePolicy policy = { .keep = TRUE };
  g_autoptr (ShoalShareInfo) info = NULL;
  g_autofree char *id = NULL;

  set_up ();
  sender.receive = TRUE;
  write_some ();
  info = share (&policy);
  sender.listen_port = sender.port;
  device_stop (&sender);
  {
    g_autofree char *hash = g_strdup (info->id);
    g_autofree char *bare = g_strconcat ("magnet:?xt=urn:btmh:1220", hash, NULL);

    id = get (bare); /* knows the address, and nothing else */
  }
  spin_for (300 * 1000);
  g_assert_false (get_is_over (id));
  device_start (&sender);
  assert_becomes (&receiver, id, SHOAL_TRANSFER_DONE, 2 * MIB + 1000);
  tear_down ();
}

/* A GET of a link goes on by itself after a restart, with its sources. */
static void
test_get_goes_on (void)
{
  ShoalSharePolicy policy = { 0 };
  g_autoptr (ShoalShareInfo) info = NULL;
  g_autofree char *id = NULL;
  uint64_t kept;

  set_up ();
  receiver.receive = TRUE;
  write_file ("large.bin", 200 * MIB);
  info = share (&policy);
  id = get (info->link);
  assert_becomes (&receiver, id, SHOAL_TRANSFER_RUNNING, MIB);
  kept = bytes_of (&receiver, id);
  restart (&receiver);
  assert_becomes (&receiver, id, SHOAL_TRANSFER_DONE, 200 * MIB);
  {
    g_autoptr (ShoalTransferInfo) done = look (&receiver, id);

    g_assert_cmpuint (done->kept, >=, kept);
    g_assert_cmpstr (done->link, ==, info->link);
    g_assert_cmpstr (done->share, ==, info->id);
    g_assert_cmpint (done->offer_state, ==, SHOAL_OFFER_NONE);
  }
  tear_down ();
}

/* --- What is known already ------------------------------------------------- */

static void
on_progress (uint64_t bytes, uint64_t total, gpointer user_data)
{
  uint64_t *most = user_data;

  *most = MAX (*most, total);
}

static gint64
blocks_read (void)
{
  g_autofree char *text = NULL;
  const char *line;

  g_assert_true (g_file_get_contents ("/proc/self/io", &text, NULL, NULL));
  line = strstr (text, "rchar:");
  return g_ascii_strtoll (line + strlen ("rchar:"), NULL, 10);
}

/* What has come is not read again to be shared. */
static void
test_not_hashed_again (void)
{
  ShoalSharePolicy policy = { 0 };
  g_autofree char *came = NULL;
  g_autofree char *going = NULL;
  g_autofree char *coming = NULL;
  const char *paths[2] = { NULL, NULL };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (ShoalShareInfo) info = NULL;
  uint64_t most = 0;
  gint64 before;

  set_up ();
  write_file ("large.bin", 50 * MIB);
  going = send_folder ();
  coming = accept_offer (NULL);
  assert_becomes (&receiver, coming, SHOAL_TRANSFER_DONE, 50 * MIB);
  spin_for (300 * 1000); /* too new to be known by their times, until then */
  shoal_main_runtime_drain (runtime);
  came = g_build_filename (receiver.folder, "Things", NULL);
  paths[0] = came;
  before = blocks_read ();
  shoal_engine_share_async (receiver.engine, paths, &policy, on_progress, &most, NULL, on_answer,
                            &result);
  g_assert_true (spin_until (has_result, &result));
  info = shoal_engine_share_finish (receiver.engine, result, NULL);
  g_assert_nonnull (info);
  g_assert_cmpuint (info->bytes, ==, 50 * MIB);
  g_assert_cmpint (blocks_read () - before, <, 40 * MIB);
  g_clear_object (&result);
  tear_down ();
}

int
main (int argc, char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  runtime = shoal_main_runtime_new (NULL);
#define ADD(path, func) g_test_add_func ("/engine/shares/" path, func)
  ADD ("kept", test_kept);
  ADD ("not-kept", test_not_kept);
  ADD ("policy", test_policy);
  ADD ("moved", test_moved);
  ADD ("changed", test_changed);
  ADD ("describe", test_describe);
  ADD ("describe-and-stop", test_describe_and_stop);
  ADD ("from-later", test_from_later);
  ADD ("get-goes-on", test_get_goes_on);
  ADD ("not-hashed-again", test_not_hashed_again);
  status = g_test_run ();
  shoal_main_runtime_drain (runtime);
  g_object_unref (runtime);
  return status;
}
