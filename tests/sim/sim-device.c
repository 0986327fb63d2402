/* sim-device.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "sim-device"

#include "config.h"

#include "sim-device.h"

#include "shoal-store-source.h"

#include <glib/gstdio.h>

/* --- Worlds ------------------------------------------------------------------------ */

SimWorld *
sim_world_new (uint64_t seed)
{
  SimWorld *world = g_new0 (SimWorld, 1);
  const char *base = g_file_test ("/dev/shm", G_FILE_TEST_IS_DIR) ? "/dev/shm" : g_get_tmp_dir ();

  world->sim = shoal_sim_runtime_new (seed);
  world->runtime = SHOAL_RUNTIME (world->sim);
  world->net = sim_net_new (world->sim);
  world->directory = g_strdup_printf ("%s/shoal-sim-XXXXXX", base);
  g_assert_nonnull (g_mkdtemp (world->directory));
  world->devices = g_ptr_array_new ();
  return world;
}

static void
remove_tree (const char *path)
{
  GDir *dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        remove_tree (child);
      else
        g_unlink (child);
    }
  g_clear_pointer (&dir, g_dir_close);
  g_rmdir (path);
}

static void
close_device (SimDevice *device)
{
  if (device->download != NULL)
    sim_device_stop (device);
  g_clear_pointer (&device->upload, shoal_upload_free);
  if (device->seed != NULL)
    shoal_seed_close (device->seed);
  g_clear_pointer (&device->source, shoal_content_source_unref);
  if (device->seed != NULL)
    shoal_content_source_unref (shoal_seed_as_source (device->seed));
}

static void
free_device (SimDevice *device)
{
  g_assert_cmpuint (shoal_budget_get_asked (device->budget), ==, 0);
  g_assert_cmpuint (shoal_budget_get_unwritten (device->budget), ==, 0);
  shoal_budget_unref (device->budget);
  shoal_database_unref (device->database);
  g_clear_pointer (&device->description, shoal_description_unref);
  g_clear_pointer (&device->attributes, g_bytes_unref);
  g_clear_error (&device->error);
  g_free (device->ban_why);
  g_free (device->directory);
  g_free (device);
}

void
sim_world_free (SimWorld *world)
{
  for (guint i = 0; i < world->devices->len; i++)
    close_device (g_ptr_array_index (world->devices, i));
  sim_net_free (world->net);
  for (guint i = 0; i < world->devices->len; i++)
    free_device (g_ptr_array_index (world->devices, i));
  shoal_sim_runtime_drain (world->sim);
  g_ptr_array_unref (world->devices);
  remove_tree (world->directory);
  g_free (world->directory);
  g_assert_finalize_object (world->sim);
  g_free (world);
}

/* --- Devices --------------------------------------------------------------------------- */

static void
on_channel (SimNode *node, ShoalChannel *channel, gpointer user_data)
{
  SimDevice *device = user_data;

  if (device->serving == NULL || !shoal_channel_is_for (channel, &device->key)
      || !shoal_serving_accept (device->serving, channel, &device->key))
    shoal_channel_refuse (channel, SHOAL_REFUSED_NOT_ALLOWED);
}

static void
on_ready (SimNode *node, ShoalPeer *peer, gpointer user_data)
{
  SimDevice *device = user_data;

  if (device->download != NULL)
    shoal_download_peer_ready (device->download, peer);
}

static const SimNodeEvents NODE_EVENTS = { on_channel, on_ready };

SimDevice *
sim_device_new (SimWorld *world, double rate, gint64 latency)
{
  SimDevice *device = g_new0 (SimDevice, 1);
  g_autofree char *state = NULL;
  g_autoptr (GError) error = NULL;

  device->world = world;
  device->node = sim_node_new (world->net, rate, latency, &NODE_EVENTS, device);
  device->directory = g_strdup_printf ("%s/%u", world->directory, world->devices->len);
  state = g_build_filename (device->directory, "state", NULL);
  g_assert_cmpint (g_mkdir_with_parents (state, 0700), ==, 0);
  device->database = shoal_database_open (world->runtime, NULL, &error);
  g_assert_no_error (error);
  device->budget = shoal_budget_new (0);
  device->upload = shoal_upload_new (world->runtime);
  g_ptr_array_add (world->devices, device);
  return device;
}

void
sim_device_make_file (SimDevice *device, const char *name, uint64_t length)
{
  g_autofree char *path = g_build_filename (device->directory, "share", name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree uint64_t *bytes = g_malloc (length + 8);
  g_autoptr (GError) error = NULL;

  for (uint64_t i = 0; i < (length + 7) / 8; i++)
    bytes[i] = shoal_sim_runtime_random (device->world->sim);
  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_file_set_contents_full (path, (const char *) bytes, (gssize) length, G_FILE_SET_CONTENTS_NONE,
                            0600, &error);
  g_assert_no_error (error);
}

void
sim_device_copy_share (SimDevice *device, SimDevice *from)
{
  g_autofree char *source = g_build_filename (from->directory, "share", NULL);
  const char *argv[] = { "cp", "-a", source, device->directory, NULL };

  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, NULL, NULL));
}

/* --- Serving ------------------------------------------------------------------------------ */

static void
on_seed_file (ShoalSeed *seed, uint32_t file, const ShoalHash *root, const GError *error,
              gpointer user_data)
{
  if (file == G_MAXUINT32)
    ((SimDevice *) user_data)->hashed = TRUE;
}

static void
on_hashed (ShoalSeed *seed, const GError *error, gpointer user_data)
{
  if (error == NULL)
    ((SimDevice *) user_data)->hashed = TRUE;
}

static void
on_complete (ShoalDescription *description, const ShoalAttributes *attributes,
             const GError *error, gpointer user_data)
{
  SimDevice *device = user_data;

  g_assert_no_error (error);
  device->description = shoal_description_ref (description);
  if (device->attributes == NULL)
    device->attributes = shoal_attributes_write (attributes);
}

static void
make_seed (SimDevice *device)
{
  g_autofree char *path = g_build_filename (device->directory, "share", NULL);
  const char *paths[] = { path, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalScan) scan = NULL;
  ShoalHash id;

  shoal_runtime_fill_random (device->world->runtime, &id, sizeof id);
  scan = shoal_scan_now (paths, &id, NULL, &error);
  g_assert_no_error (error);
  device->seed = shoal_seed_new (device->world->runtime, device->database, scan, on_seed_file,
                                 device);
}

static void
run_while (SimDevice *device, gboolean (*waits) (SimDevice *device))
{
  for (guint i = 0; waits (device); i++)
    {
      g_assert_cmpuint (i, <, 10000000);
      g_assert_true (shoal_sim_runtime_step (device->world->sim));
    }
}

static gboolean
is_hashing (SimDevice *device)
{
  return !device->hashed;
}

static gboolean
is_completing (SimDevice *device)
{
  return device->description == NULL;
}

void
sim_device_serve_share (SimDevice *device)
{
  ShoalServingOptions options = { .complete = TRUE, .introduce = TRUE };

  make_seed (device);
  shoal_seed_hash_all_async (device->seed, TRUE, NULL, on_hashed, device);
  run_while (device, is_hashing);
  shoal_seed_complete_async (device->seed, on_complete, device);
  run_while (device, is_completing);
  device->source = shoal_seed_view_new (device->seed, device->description);
  device->key = *shoal_description_get_id (device->description);
  options.source = device->source;
  options.attributes = device->attributes;
  device->serving = shoal_serving_new (device->upload, &options);
}

static void
on_rekey (ShoalDescription *description, const ShoalAttributes *attributes, const GError *error,
          gpointer user_data)
{
  SimDevice *device = user_data;
  g_autofree ShoalHash *roots = shoal_seed_dup_roots (device->seed);
  g_autofree gboolean *left_out = shoal_seed_dup_left_out (device->seed);

  g_assert_no_error (error);
  device->description = shoal_description_ref (description);
  if (device->serving != NULL)
    shoal_serving_rekey (device->serving, shoal_description_get_id (description), roots, left_out);
}

static void
on_all_hashed (ShoalSeed *seed, const GError *error, gpointer user_data)
{
  if (error == NULL)
    shoal_seed_complete_async (seed, on_rekey, user_data);
}

static void
on_hash_timer (gpointer user_data)
{
  SimDevice *device = user_data;

  shoal_seed_hash_all_async (device->seed, TRUE, NULL, on_all_hashed, device);
}

void
sim_device_serve_draft (SimDevice *device, gboolean exchange)
{
  ShoalServingOptions options = { .complete = TRUE, .push_hashes = TRUE };

  make_seed (device);
  device->attributes
    = shoal_attributes_write (shoal_scan_get_attributes (shoal_seed_get_scan (device->seed)));
  options.source = shoal_seed_as_source (device->seed);
  options.attributes = device->attributes;
  options.exchange = exchange;
  device->serving = shoal_serving_new (device->upload, &options);
  shoal_runtime_fill_random (device->world->runtime, &device->key, sizeof device->key);
  shoal_runtime_add_timer (device->world->runtime, G_USEC_PER_SEC, on_hash_timer, device);
}

/* --- Fetching ------------------------------------------------------------------------------- */

static void
on_state (ShoalDownload *download, ShoalDownloadState state, const GError *error,
          gpointer user_data)
{
  SimDevice *device = user_data;

  if (state == SHOAL_DOWNLOAD_STATE_DONE)
    {
      device->done = TRUE;
      device->done_at = shoal_runtime_now (device->world->runtime);
      if (device->serving != NULL)
        shoal_serving_complete (device->serving, NULL);
    }
  if (state == SHOAL_DOWNLOAD_STATE_FAILED)
    {
      device->failed = TRUE;
      device->error = g_error_copy (error);
    }
  if (state == SHOAL_DOWNLOAD_STATE_FETCHING && device->pass_on && device->serving == NULL)
    {
      g_autoptr (ShoalContentSource) source
        = shoal_store_source_new (device->world->runtime, shoal_download_get_store (download),
                                  shoal_download_get_description (download));
      ShoalServingOptions options = { .source = source };

      device->serving = shoal_serving_new (device->upload, &options);
    }
}

static void
on_pieces (ShoalDownload *download, uint32_t first, uint32_t count, gpointer user_data)
{
  SimDevice *device = user_data;

  for (uint32_t i = 0; i < count; i++)
    g_assert_true (shoal_download_has_piece (download, first + i));
  if (device->serving != NULL)
    shoal_serving_have (device->serving, first, count);
}

static void
on_first_byte (ShoalDownload *download, gpointer user_data)
{
  ((SimDevice *) user_data)->n_first_bytes++;
}

static void
on_sources (ShoalDownload *download, gpointer user_data)
{
  g_autoptr (GArray) infos = shoal_download_get_sources (download);

  for (guint i = 0; i < infos->len; i++)
    {
      const ShoalDownloadSourceInfo *info = &g_array_index (infos, ShoalDownloadSourceInfo, i);

      g_debug ("source %u: state %d, %s, %" G_GUINT64_FORMAT " bytes, %" G_GUINT64_FORMAT " bad",
               i, info->state, info->why, info->bytes, info->bad_bytes);
    }
}

static void
on_banned (ShoalDownload *download, ShoalPeer *peer, const char *why, gpointer user_data)
{
  SimDevice *device = user_data;

  device->n_bans++;
  g_free (device->ban_why);
  device->ban_why = g_strdup (why);
}

static void
on_resumed (ShoalDownload *download, uint64_t kept, uint64_t refetched, gpointer user_data)
{
  SimDevice *device = user_data;

  device->kept = kept;
  device->refetched = refetched;
}

static const ShoalDownloadEvents DOWNLOAD_EVENTS = {
  .state_changed = on_state,
  .first_byte = on_first_byte,
  .pieces_done = on_pieces,
  .sources_changed = on_sources,
  .banned = on_banned,
  .resumed = on_resumed,
};

void
sim_device_fetch (SimDevice *device, SimDevice *from, uint32_t index, uint32_t count)
{
  g_autofree char *got = g_build_filename (device->directory, "got", NULL);
  gboolean is_draft = from->source == NULL;
  ShoalDescription *served = shoal_content_source_get_description (
    is_draft ? shoal_seed_as_source (from->seed) : from->source);
  ShoalDownloadOptions options = {
    .runtime = device->world->runtime,
    .database = device->database,
    .budget = device->budget,
    .transfer = "transfer",
    .key = from->key,
    .share = *shoal_description_get_id (served),
    .is_draft = is_draft,
    .offerer = *sim_node_get_id (from->node),
    .tell_others = TRUE,
    .events = &DOWNLOAD_EVENTS,
    .user_data = device,
  };

  device->done = device->failed = FALSE;
  device->key = from->key;
  device->download = shoal_download_new (&options);
  if (count > 1)
    shoal_download_set_start (device->download, index, count);
  shoal_download_set_destination (device->download, got, NULL, 0);
  sim_device_add_source (device, from);
}

void
sim_device_add_source (SimDevice *device, SimDevice *from)
{
  sim_net_connect (device->node, from->node);
  shoal_download_add_peer (device->download, sim_node_get_peer (device->node, from->node));
}

static void
on_stopped (ShoalDownload *download, gpointer user_data)
{
  ((SimDevice *) user_data)->stopped = TRUE;
}

static gboolean
is_stopping (SimDevice *device)
{
  return !device->stopped;
}

void
sim_device_stop (SimDevice *device)
{
  if (device->seed == NULL && device->serving != NULL)
    g_clear_pointer (&device->serving, shoal_serving_free);
  device->stopped = FALSE;
  shoal_download_stop_async (device->download, FALSE, on_stopped, device);
  run_while (device, is_stopping);
  g_clear_pointer (&device->download, shoal_download_unref);
}

double
sim_world_run (SimWorld *world, double seconds)
{
  gint64 start = shoal_runtime_now (world->runtime);
  gint64 end = start + (gint64) (seconds * G_USEC_PER_SEC);
  gint64 last = start;
  gboolean running = TRUE;

  while (running && shoal_runtime_now (world->runtime) < end)
    {
      running = FALSE;
      for (int i = 0; i < 100; i++)
        g_assert_true (shoal_sim_runtime_step (world->sim));
      for (guint i = 0; i < world->devices->len; i++)
        {
          SimDevice *device = g_ptr_array_index (world->devices, i);

          g_assert_no_error (device->error);
          running |= device->download != NULL && !device->done;
          last = MAX (last, device->done_at);
        }
    }
  g_assert_false (running);
  return (double) (last - start) / G_USEC_PER_SEC;
}

/* --- Comparing ----------------------------------------------------------------------- */

static void
assert_same_tree (const char *a, const char *b)
{
  g_autoptr (GDir) dir = g_dir_open (a, 0, NULL);
  const char *name;

  if (dir == NULL)
    {
      g_autofree char *x = NULL;
      g_autofree char *y = NULL;
      gsize x_size = 0, y_size = 0;

      g_assert_true (g_file_get_contents (a, &x, &x_size, NULL));
      g_assert_true (g_file_get_contents (b, &y, &y_size, NULL));
      g_assert_cmpmem (x, x_size, y, y_size);
      return;
    }
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *x = g_build_filename (a, name, NULL);
      g_autofree char *y = g_build_filename (b, name, NULL);

      assert_same_tree (x, y);
    }
}

void
sim_device_assert_same (SimDevice *device, SimDevice *from)
{
  g_autofree char *shared = g_build_filename (from->directory, "share", NULL);
  g_autofree char *got = g_build_filename (device->directory, "got", "share", NULL);

  assert_same_tree (shared, got);
  assert_same_tree (got, shared);
}
