"""All pages, with the files that they need."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from api.web import statics
from api.web.pages import (
    account,
    desk,
    desk_beside,
    help,  # noqa: A004 - it is the page of help
    intake,
    keys,
    queue,
    signin,
    system,
    users,
)
from api.web.pages import charts, overview, quality, samples
from api.web.pages import audit, decisions, inbox, notifications, story, story_deeds
from api.web.pages import models, policy, policy_draft
from api.web.pages import absences, disposals, retention, rules, webhooks, work, work_departments
from api.web.render import read_page

router = APIRouter()
router.include_router(statics.router)
router.include_router(signin.router)
router.include_router(intake.form_router)
for pages in (account, queue, desk, desk_beside, intake, users, keys, system, help):
    router.include_router(pages.router, dependencies=[Depends(read_page)])
for pages in (inbox, decisions, story_deeds, story, notifications, audit):
    router.include_router(pages.router, dependencies=[Depends(read_page)])
for pages in (overview, charts, quality, samples):
    router.include_router(pages.router, dependencies=[Depends(read_page)])
for pages in (policy, policy_draft, models):
    router.include_router(pages.router, dependencies=[Depends(read_page)])
for pages in (absences, work_departments, work, disposals, retention, webhooks, rules):
    router.include_router(pages.router, dependencies=[Depends(read_page)])
