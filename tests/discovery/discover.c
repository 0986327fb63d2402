/* discover.c: announces and browses as told, and prints what happens, one JSON object a line.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   discover [auto|daemon|embedded|old-daemon] [thread]
 *
 * reads commands from standard input, one a line:
 *
 *   announce PORT KEY=VALUE… NAME     (no blanks in KEY=VALUE; NAME is the rest: after “--”)
 *   change ID PORT KEY=VALUE…
 *   withdraw ID
 *   interfaces [NAME]...
 *   stop | start | quit               (as do SIGTERM and SIGINT; the end of input does nothing)
 *
 * thread: with an engine context on a thread of its own, as in the app.
 */

#include "config.h"

#include "shoal-mdns.h"
#include "shoal-txt.h"

#include <gio/gunixinputstream.h>
#include <glib-unix.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <unistd.h>

typedef struct
{
  GMainLoop        *loop;
  ShoalDiscovery   *discovery;
  GDataInputStream *input;
  gboolean          quitting;
} Program;

static void read_command (Program *self);

/* --- Output -------------------------------------------------------------- */

static void
print (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, FALSE);
  puts (text);
  fflush (stdout);
}

static JsonBuilder *
begin (const char *event)
{
  JsonBuilder *builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "event");
  json_builder_add_string_value (builder, event);
  json_builder_set_member_name (builder, "t");
  json_builder_add_int_value (builder, g_get_monotonic_time ());
  return builder;
}

static void
add_string (JsonBuilder *builder, const char *key, const char *value)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_string_value (builder, value);
}

static void
add_int (JsonBuilder *builder, const char *key, gint64 value)
{
  json_builder_set_member_name (builder, key);
  json_builder_add_int_value (builder, value);
}

static void
print_nearby (const char *event, const ShoalNearby *nearby)
{
  g_autoptr (JsonBuilder) builder = begin (event);
  g_autoptr (GPtrArray) strings = shoal_txt_split (nearby->txt);

  add_int (builder, "key", (gint64) nearby->key);
  add_string (builder, "instance", nearby->instance);
  json_builder_set_member_name (builder, "txt");
  json_builder_begin_array (builder);
  for (guint i = 0; i < strings->len; i++)
    {
      g_autofree char *text = NULL;
      gsize size;
      gconstpointer data = g_bytes_get_data (g_ptr_array_index (strings, i), &size);

      text = g_utf8_make_valid (data, (gssize) size);
      json_builder_add_string_value (builder, text);
    }
  json_builder_end_array (builder);

  json_builder_set_member_name (builder, "addresses");
  json_builder_begin_array (builder);
  for (guint i = 0; i < nearby->addresses->len; i++)
    {
      const ShoalNearbyAddress *address = g_ptr_array_index (nearby->addresses, i);
      GInetAddress *inet = g_inet_socket_address_get_address (address->address);
      g_autofree char *text = g_inet_address_to_string (inet);

      json_builder_begin_object (builder);
      add_string (builder, "address", text);
      add_int (builder, "port", g_inet_socket_address_get_port (address->address));
      add_int (builder, "scope",
               g_inet_address_get_family (inet) == G_SOCKET_FAMILY_IPV6
                 ? g_inet_socket_address_get_scope_id (address->address)
                 : 0);
      add_int (builder, "interface", address->interface);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  print (builder);
}

static void
on_state (ShoalDiscovery *discovery, gpointer user_data)
{
  g_autoptr (GEnumClass) states = g_type_class_ref (SHOAL_TYPE_DISCOVERY_STATE);
  g_autoptr (JsonBuilder) builder = begin ("state");
  gint state = (gint) shoal_discovery_get_state (discovery);

  add_string (builder, "state", g_enum_get_value (states, state)->value_nick);
  add_string (builder, "reason", shoal_discovery_get_reason (discovery));
  print (builder);
}

static void
on_found (ShoalDiscovery *discovery, const ShoalNearby *nearby, gpointer user_data)
{
  print_nearby ("found", nearby);
}

static void
on_changed (ShoalDiscovery *discovery, const ShoalNearby *nearby, gpointer user_data)
{
  print_nearby ("changed", nearby);
}

static void
on_lost (ShoalDiscovery *discovery, const ShoalNearby *nearby, gpointer user_data)
{
  print_nearby ("lost", nearby);
}

static void
on_announced (ShoalDiscovery *discovery, guint id, const char *instance, gpointer user_data)
{
  g_autoptr (JsonBuilder) builder = begin ("announced");

  add_int (builder, "id", id);
  add_string (builder, "instance", instance);
  print (builder);
}

static const ShoalDiscoveryListener listener = {
  .state = on_state,
  .found = on_found,
  .changed = on_changed,
  .lost = on_lost,
  .announced = on_announced,
};

/* --- Commands ------------------------------------------------------------ */

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Program *self = user_data;
  g_autoptr (JsonBuilder) builder = begin ("stopped");

  shoal_discovery_stop_finish (SHOAL_DISCOVERY (source), result);
  print (builder);
  if (self->quitting)
    g_main_loop_quit (self->loop);
}

static gboolean
on_quit (gpointer user_data)
{
  Program *self = user_data;

  if (!self->quitting)
    shoal_discovery_stop_async (self->discovery, on_stopped, self);
  self->quitting = TRUE;
  return G_SOURCE_CONTINUE;
}

/* The words from @word on, up to “--” or the end; @name (nullable) is what comes after. */
static GBytes *
parse_txt (char **word, char **name)
{
  g_autoptr (GPtrArray) strings = shoal_txt_strings_new ();

  for (; *word != NULL && strcmp (*word, "--") != 0; word++)
    shoal_txt_strings_add (strings, *word, strlen (*word));
  if (name != NULL)
    *name = *word != NULL ? g_strjoinv (" ", word + 1) : g_strdup ("nameless");
  return shoal_txt_join (strings);
}

static void
obey (Program *self, char **words, guint n)
{
  if (n >= 2 && strcmp (words[0], "announce") == 0)
    {
      g_autofree char *name = NULL;
      g_autoptr (GBytes) txt = parse_txt (words + 2, &name);
      guint id = shoal_discovery_announce (self->discovery, name, (uint16_t) atoi (words[1]), txt);
      g_autoptr (JsonBuilder) builder = begin ("announcing");

      add_int (builder, "id", id);
      print (builder);
    }
  else if (n >= 3 && strcmp (words[0], "change") == 0)
    {
      g_autoptr (GBytes) txt = parse_txt (words + 3, NULL);

      shoal_discovery_change (self->discovery, (guint) atoi (words[1]), (uint16_t) atoi (words[2]),
                              txt);
    }
  else if (n == 2 && strcmp (words[0], "withdraw") == 0)
    {
      guint id = (guint) atoi (words[1]);

      shoal_discovery_withdraw (self->discovery, &id);
    }
  else if (n >= 1 && strcmp (words[0], "interfaces") == 0)
    shoal_discovery_set_interfaces (self->discovery, (const char *const *) words + 1);
  else if (n == 1 && strcmp (words[0], "stop") == 0)
    shoal_discovery_stop_async (self->discovery, on_stopped, self);
  else if (n == 1 && strcmp (words[0], "start") == 0)
    shoal_discovery_start (self->discovery);
  else if (n == 1 && strcmp (words[0], "quit") == 0)
    on_quit (self);
  else
    g_printerr ("What?\n");
}

static void
on_line (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Program *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;
  g_auto (GStrv) words = NULL;

  line = g_data_input_stream_read_line_finish_utf8 (G_DATA_INPUT_STREAM (source), result, NULL,
                                                    &error);
  if (line == NULL)
    return;
  words = g_strsplit (line, " ", -1);
  obey (self, words, g_strv_length (words));
  read_command (self);
}

static void
read_command (Program *self)
{
  g_data_input_stream_read_line_async (self->input, G_PRIORITY_DEFAULT, NULL, on_line, self);
}

static GSource *
add_signal (Program *self, GMainContext *context, int number)
{
  GSource *source = g_unix_signal_source_new (number);

  g_source_set_callback (source, on_quit, self, NULL);
  g_source_attach (source, context);
  return source;
}

static void
run (GMainContext *context, ShoalMdnsMode mode)
{
  g_autoptr (ShoalMainRuntime) runtime = shoal_main_runtime_new (context);
  g_autoptr (GInputStream) stream = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  Program self = { .loop = g_main_loop_new (context, FALSE) };
  GSource *sources[] = {
    add_signal (&self, context, SIGTERM),
    add_signal (&self, context, SIGINT),
  };

  self.discovery = shoal_mdns_new (runtime, mode);
  self.input = g_data_input_stream_new (stream);
  shoal_discovery_set_listener (self.discovery, &listener, &self);
  shoal_discovery_start (self.discovery);
  read_command (&self);
  g_main_loop_run (self.loop);

  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      g_source_destroy (sources[i]);
      g_source_unref (sources[i]);
    }
  /* Closures of the bus may wait in the loop. */
  while (g_main_context_iteration (context, FALSE))
    ;
  shoal_main_runtime_drain (runtime);
  g_assert_finalize_object (self.discovery);
  g_object_unref (self.input);
  g_main_loop_unref (self.loop);
}

static gpointer
run_in_thread (gpointer mode)
{
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  run (context, (ShoalMdnsMode) GPOINTER_TO_INT (mode));
  g_main_context_pop_thread_default (context);
  return NULL;
}

int
main (int argc, char **argv)
{
  static const char *const modes[] = { "auto", "daemon", "embedded", "old-daemon" };
  ShoalMdnsMode mode = SHOAL_MDNS_AUTO;

  for (guint i = 0; argc > 1 && i < G_N_ELEMENTS (modes); i++)
    if (strcmp (argv[1], modes[i]) == 0)
      mode = (ShoalMdnsMode) i;

  if (argc > 2 && strcmp (argv[2], "thread") == 0)
    g_thread_join (g_thread_new ("engine", run_in_thread, GINT_TO_POINTER (mode)));
  else
    run (NULL, mode);
  return 0;
}
