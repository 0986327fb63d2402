/* ice-exchange.c: one end of an ICE attempt whose offer and answer go by pipes.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * usage: ice-exchange offer|answer [--server URL]... [--policy any|direct|relay] [--move BYTES]
 *
 * Prints JSON lines: {"event":"local",…} with what the other end's stdin wants,
 * "connected" with path and milliseconds since the exchange, "open", "received"
 * (a MiB went over the link, each way), "failed". With --move on both sides the
 * offerer then moves so much: "moved" with bytes a second. Ends when stdin does. */

#include "config.h"

#include "shoal-ice.h"

#include <gio/gunixinputstream.h>
#include <json-glib/json-glib.h>
#include <stdlib.h>

#define CHUNK 16384
#define TOTAL (1024 * 1024)
#define FRAME 65536

typedef struct
{
  ShoalMainRuntime *runtime;
  ShoalIdentity    *identity;
  ShoalIce         *ice;
  ShoalLink        *link;    /* (owned) (nullable) */
  ShoalDeviceId     other;
  gint64            started; /* monotonic µs: the exchange is done */
  size_t            received;
  gboolean          is_offerer;
  uint64_t          to_move; /* bytes; 0: nothing */
  uint64_t          moved;   /* given to the link, or come over it */
  gint64            began;   /* monotonic µs */
  GMainLoop        *loop;
} Program;

static void
say (Program *self, const char *event, const char *name, const char *value)
{
  gint64 ms = (shoal_runtime_now (SHOAL_RUNTIME (self->runtime)) - self->started) / 1000;

  g_print ("{\"event\":\"%s\",\"ms\":%" G_GINT64_FORMAT ",\"%s\":\"%s\"}\n", event, ms, name,
           value);
}

/* --- The link -------------------------------------------------------------- */

static void
fill (ShoalLink *link, gpointer user_data)
{
  static const uint8_t ZEROES[FRAME];
  Program *self = user_data;
  g_autoptr (GBytes) frame = g_bytes_new_static (ZEROES, sizeof ZEROES);

  while (self->began > 0 && self->moved < self->to_move && shoal_link_wants_bulk (link))
    {
      shoal_link_send_bulk (link, 0, frame, NULL);
      self->moved += FRAME;
    }
}

/* The other side has all. */
static void
say_moved (Program *self)
{
  double seconds = (double) (g_get_monotonic_time () - self->began) / G_USEC_PER_SEC;
  g_autofree char *rate = g_strdup_printf ("%.0f", (double) self->moved / seconds);

  say (self, "moved", "rate", rate);
}

static void
on_bytes (ShoalLink *link, guint stream, const uint8_t *data, size_t size, gpointer user_data)
{
  Program *self = user_data;
  g_autoptr (GBytes) thanks = g_bytes_new_static ("x", 1);

  if (stream > 0)
    {
      self->moved += size;
      if (self->moved >= self->to_move && self->moved - size < self->to_move)
        shoal_link_send_control (link, thanks);
      return;
    }
  self->received += size;
  if (self->received == TOTAL + 1 && self->is_offerer)
    say_moved (self);
  if (self->received < TOTAL || self->received - size >= TOTAL)
    return;
  say (self, "received", "path", shoal_path_get_nick (shoal_link_get_path (link)));
  if (self->is_offerer)
    {
      self->began = g_get_monotonic_time ();
      fill (link, self);
    }
}

static void
on_closed (ShoalLink *link, const GError *error, gpointer user_data)
{
  say (user_data, "closed", "why", error != NULL ? error->message : "");
}

static void
on_open (ShoalQuicLink *quic, const GError *error, gpointer user_data)
{
  static const ShoalLinkEvents EVENTS = { on_bytes, fill, on_closed };
  Program *self = user_data;

  if (error != NULL)
    {
      say (self, "failed", "why", error->message);
      return;
    }
  say (self, "open", "path", shoal_path_get_nick (shoal_link_get_path (SHOAL_LINK (quic))));
  shoal_link_set_events (SHOAL_LINK (quic), &EVENTS, self);
  for (guint i = 0; i < TOTAL / CHUNK; i++)
    {
      g_autoptr (GBytes) chunk = g_bytes_new_take (g_malloc0 (CHUNK), CHUNK);

      shoal_link_send_control (SHOAL_LINK (quic), chunk);
    }
}

/* --- ICE --------------------------------------------------------------------- */

static void
on_gathered (ShoalIce *ice, gpointer user_data)
{
  Program *self = user_data;
  g_autoptr (GPtrArray) candidates = shoal_ice_get_candidates (ice);
  g_autofree char *id = shoal_hash_to_hex (shoal_identity_get_id (self->identity));
  g_autoptr (GString) line = g_string_new (NULL);

  g_string_printf (line, "{\"event\":\"local\",\"id\":\"%s\",\"ufrag\":\"%s\","
                   "\"password\":\"%s\",\"candidates\":[", id, shoal_ice_get_ufrag (ice),
                   shoal_ice_get_password (ice));
  for (guint i = 0; i < candidates->len; i++)
    g_string_append_printf (line, "%s\"%s\"", i > 0 ? "," : "",
                            (const char *) g_ptr_array_index (candidates, i));
  g_print ("%s]}\n", line->str);
}

static void
on_connected (ShoalIce *ice, ShoalPath path, gpointer user_data)
{
  Program *self = user_data;

  say (self, "connected", "path", shoal_path_get_nick (path));
  self->link = SHOAL_LINK (shoal_ice_connect (ice, self->identity, &self->other, on_open, self));
}

static void
on_failed (ShoalIce *ice, const GError *error, gpointer user_data)
{
  say (user_data, "failed", "why", error->message);
}

static void
on_line (GObject *stream, GAsyncResult *result, gpointer user_data)
{
  Program *self = user_data;
  g_autofree char *line
    = g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (stream), result, NULL, NULL);
  g_autoptr (JsonNode) node = line != NULL ? json_from_string (line, NULL) : NULL;
  g_autoptr (GPtrArray) candidates = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  JsonObject *object;
  JsonArray *array;

  if (node == NULL)
    {
      g_main_loop_quit (self->loop);
      return;
    }
  object = json_node_get_object (node);
  array = json_object_get_array_member (object, "candidates");
  for (guint i = 0; i < json_array_get_length (array); i++)
    g_ptr_array_add (candidates, (char *) json_array_get_string_element (array, i));
  g_assert_true (shoal_hash_from_hex (json_object_get_string_member (object, "id"),
                                      &self->other));
  self->started = shoal_runtime_now (SHOAL_RUNTIME (self->runtime));
  if (!shoal_ice_set_remote (self->ice, json_object_get_string_member (object, "ufrag"),
                             json_object_get_string_member (object, "password"), candidates,
                             &error))
    say (self, "failed", "why", error->message);
  g_data_input_stream_read_line_async (G_DATA_INPUT_STREAM (stream), 0, NULL, on_line, self);
}

/* --- The program --------------------------------------------------------------- */

static ShoalIceConfig
parse_arguments (Program *self, int argc, char **argv)
{
  ShoalIceConfig config = { .servers = g_ptr_array_new () };

  config.is_offerer = self->is_offerer = argc > 1 && g_str_equal (argv[1], "offer");
  for (int i = 2; i + 1 < argc; i += 2)
    {
      g_autoptr (GError) error = NULL;

      if (g_str_equal (argv[i], "--server"))
        g_ptr_array_add (config.servers, shoal_ice_server_parse (argv[i + 1], &error));
      else if (g_str_equal (argv[i], "--move"))
        self->to_move = g_ascii_strtoull (argv[i + 1], NULL, 10) / FRAME * FRAME;
      else if (g_str_equal (argv[i + 1], "relay"))
        config.policy = SHOAL_ICE_RELAY_ONLY;
      else if (g_str_equal (argv[i + 1], "direct"))
        config.policy = SHOAL_ICE_DIRECT_ONLY;
      g_assert_no_error (error);
    }
  return config;
}

int
main (int argc, char **argv)
{
  static const ShoalIceFuncs FUNCS = { on_gathered, on_connected, on_failed };
  g_autoptr (GInputStream) raw = g_unix_input_stream_new (0, FALSE);
  g_autoptr (GDataInputStream) input = g_data_input_stream_new (raw);
  Program self = { 0 };
  ShoalIceConfig config = parse_arguments (&self, argc, argv);

  self.loop = g_main_loop_new (NULL, FALSE);
  self.runtime = config.runtime = shoal_main_runtime_new (NULL);
  self.identity = shoal_identity_generate (NULL);
  self.ice = shoal_ice_new (&config, &FUNCS, &self);
  g_data_input_stream_read_line_async (input, 0, NULL, on_line, &self);
  g_main_loop_run (self.loop);

  if (self.link != NULL)
    {
      shoal_link_set_events (self.link, NULL, NULL);
      shoal_link_close (self.link);
      g_object_unref (self.link);
    }
  shoal_ice_free (self.ice);
  shoal_main_runtime_drain (self.runtime);
  g_object_unref (self.runtime);
  shoal_identity_unref (self.identity);
  g_ptr_array_set_free_func (config.servers, (GDestroyNotify) shoal_ice_server_free);
  g_ptr_array_unref (config.servers);
  g_main_loop_unref (self.loop);
  return 0;
}
