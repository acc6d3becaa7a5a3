#!/usr/bin/python3
"""A window of WebKitGTK that WebDriver drives.

Its storage lasts in a folder and its downloads go to one. WebKitGTK's own window for WebDriver, MiniBrowser, keeps
nothing and saves nothing; here that is one of the choices (--private).
"""

import argparse
import os

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import Gtk, WebKit2  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="folder for what pages store")
    parser.add_argument("--downloads", required=True, help="folder for what pages give to save")
    parser.add_argument("--language", required=True, help="what the browser reports to pages")
    parser.add_argument("--private", action="store_true", help="keep nothing, as a private window")
    parser.add_argument("--variable", action="append", default=[], help="NAME=VALUE for the engine's processes")
    return parser.parse_known_args()[0]


def context_for(choice):
    """The engine with its storage, ready to be driven."""
    if choice.private:
        context = WebKit2.WebContext.new_ephemeral()
    else:
        folders = {"base_data_directory": choice.data, "base_cache_directory": os.path.join(choice.data, "cache")}
        context = WebKit2.WebContext(website_data_manager=WebKit2.WebsiteDataManager(**folders))
    context.set_preferred_languages([choice.language])
    context.set_automation_allowed(True)
    context.connect("automation-started", lambda _, session: drive(context, session))
    context.connect("download-started", lambda _, download: save(download, choice.downloads))
    return context


def drive(context, session):
    """Introduces this browser and opens a window when the driver asks for one."""
    about = WebKit2.ApplicationInfo()
    about.set_name("window.py")
    about.set_version(WebKit2.get_major_version(), WebKit2.get_minor_version(), WebKit2.get_micro_version())
    session.set_application_info(about)
    session.connect("create-web-view", lambda _: window(context))


def window(context):
    settings = WebKit2.Settings()
    settings.set_enable_write_console_messages_to_stdout(True)
    view = WebKit2.WebView(web_context=context, settings=settings, is_controlled_by_automation=True)
    view.connect("web-process-terminated", crashed)
    frame = Gtk.Window()
    frame.add(view)
    frame.show_all()
    view.connect("close", lambda _: frame.destroy())
    return view


def crashed(_view, reason):
    """Says so in words that the tests look for, and ends, so that the driver does not wait."""
    if reason != WebKit2.WebProcessTerminationReason.TERMINATED_BY_API:
        print(f"THE BROWSER CRASHED: {reason.value_nick}", flush=True)
        Gtk.main_quit()


def save(download, folder):
    def decide(download, name):
        download.set_destination("file://" + os.path.join(folder, name))
        return True

    download.connect("decide-destination", decide)


choice = arguments()
os.environ.update(pair.split("=", 1) for pair in choice.variable)
Gtk.init([])
context = context_for(choice)
Gtk.main()
