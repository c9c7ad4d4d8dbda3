; Stallhand-<version>-setup.exe: per user, no administrator, /S for silent. Compiled by build.py:
;   makensis -INPUTCHARSET UTF8 -DVERSION=1.2.3 -DFROZEN=folder -DOUT=file [-DQUICK] [-DSIGN=program] stallhand.nsi
; Uninstall.exe /DELETEDATA ticks the box "delete my shop's data too".

Unicode true
Target amd64-unicode
!include "MUI2.nsh"
!include "FileFunc.nsh"
!include "LogicLib.nsh"
!include "WinVer.nsh"
!include "x64.nsh"

!define APP "Stallhand"
!define SETTINGS "Software\${APP}"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\${APP}"
!define DATA "$LOCALAPPDATA\${APP}" ; desktop/desk.py, default_data_dir

Name "${APP}"
OutFile "${OUT}"
RequestExecutionLevel user
InstallDir "$LOCALAPPDATA\Programs\${APP}"
InstallDirRegKey HKCU "${SETTINGS}" "InstallDir"
ManifestDPIAware true
BrandingText " "
!ifdef QUICK
  SetCompressor zlib
!else
  SetCompressor /SOLID lzma
  SetCompressorDictSize 64
!endif
!ifdef SIGN
  !uninstfinalize '"${SIGN}" "%1"'
  !finalize '"${SIGN}" "%1"'
!endif

VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "${APP}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "${APP} setup"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "LegalCopyright" "Stallhand's authors, Apache-2.0"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_LANGDLL_REGISTRY_ROOT HKCU
!define MUI_LANGDLL_REGISTRY_KEY "${SETTINGS}"
!define MUI_LANGDLL_REGISTRY_VALUENAME "Language"
!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_RUN "$INSTDIR\${APP}.exe"
!define MUI_FINISHPAGE_RUN_TEXT "$(OpenNow)"
; The page's second box is meant for a readme; it is the usual way to offer a shortcut on the desktop.
!define MUI_FINISHPAGE_SHOWREADME ""
!define MUI_FINISHPAGE_SHOWREADME_TEXT "$(OnDesktop)"
!define MUI_FINISHPAGE_SHOWREADME_NOTCHECKED
!define MUI_FINISHPAGE_SHOWREADME_FUNCTION PutOnDesktop
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_COMPONENTS
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "Spanish"
!insertmacro MUI_LANGUAGE "French"
!insertmacro MUI_LANGUAGE "Portuguese"
!insertmacro MUI_LANGUAGE "Indonesian"
!insertmacro MUI_LANGUAGEEX "." "Swahili"
!insertmacro MUI_LANGUAGE "Hindi"
!insertmacro MUI_RESERVEFILE_LANGDLL
!include "texts.nsh"

; Close Stallhand, if it runs from $INSTDIR, as its own window's cross would: it then saves what was typed. A program
; that runs can't be opened for writing. Gives up after 20 seconds (silent) or when the seller says so.
!macro CLOSE_RUNNING UN
Function ${UN}CloseRunning
  again:
  StrCpy $9 40
  ${Do}
    Call ${UN}IsRunning
    ${If} $0 == 0
      Return
    ${EndIf}
    StrCpy $1 0
    ${Do} ; every window with that title, for a folder's window may have it too
      FindWindow $1 "" "${APP}" 0 $1
      ${If} $1 == 0
        ${Break}
      ${EndIf}
      System::Call 'user32::GetWindowThreadProcessId(p r1, *i .r2)'
      System::Call 'kernel32::OpenProcess(i 0x1000, i 0, i r2) p .r3' ; PROCESS_QUERY_LIMITED_INFORMATION
      System::Call 'kernel32::QueryFullProcessImageNameW(p r3, i 0, w .r4, *i ${NSIS_MAX_STRLEN})'
      System::Call 'kernel32::CloseHandle(p r3)'
      ${If} $4 == "$INSTDIR\${APP}.exe"
        System::Call 'user32::PostMessageW(p r1, i 0x10, p 0, p 0)' ; WM_CLOSE
      ${EndIf}
    ${Loop}
    Sleep 500
    IntOp $9 $9 - 1
  ${LoopWhile} $9 > 0
  MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(StillOpen)" /SD IDCANCEL IDRETRY again
  SetErrorLevel 3
  Abort
FunctionEnd

; $0 = 1 if one of the programs runs, else 0
Function ${UN}IsRunning
  StrCpy $0 0
  ${If} ${FileExists} "$INSTDIR\${APP}.exe"
    ClearErrors
    FileOpen $8 "$INSTDIR\${APP}.exe" a
    ${If} ${Errors}
      StrCpy $0 1
    ${Else}
      FileClose $8
    ${EndIf}
  ${EndIf}
  ${If} ${FileExists} "$INSTDIR\stallhand-cli.exe"
    ClearErrors
    FileOpen $8 "$INSTDIR\stallhand-cli.exe" a
    ${If} ${Errors}
      StrCpy $0 1
    ${Else}
      FileClose $8
    ${EndIf}
  ${EndIf}
FunctionEnd
!macroend
!insertmacro CLOSE_RUNNING ""
!insertmacro CLOSE_RUNNING "un."

Function .onInit
  ${IfNot} ${RunningX64}
  ${OrIfNot} ${AtLeastWin10}
    MessageBox MB_OK|MB_ICONSTOP "$(TooOld)" /SD IDOK
    SetErrorLevel 4
    Abort
  ${EndIf}
  !insertmacro MUI_LANGDLL_DISPLAY
FunctionEnd

; A folder "program" that is not Stallhand's would be emptied: such a place can't be chosen.
Function .onVerifyInstDir
  ${If} ${FileExists} "$INSTDIR\program\*.*"
  ${AndIfNot} ${FileExists} "$INSTDIR\${APP}.exe"
    Abort
  ${EndIf}
FunctionEnd

Function PutOnDesktop
  CreateShortCut "$DESKTOP\${APP}.lnk" "$INSTDIR\${APP}.exe"
FunctionEnd

Section "Stallhand"
  Call CloseRunning
  SetOutPath "$INSTDIR"
  RMDir /r "$INSTDIR\program" ; an older version's files, among them those that this one no longer has
  File /r "${FROZEN}/*"
  WriteUninstaller "$INSTDIR\Uninstall.exe"
  CreateShortCut "$SMPROGRAMS\${APP}.lnk" "$INSTDIR\${APP}.exe"
  WriteRegStr HKCU "${SETTINGS}" "InstallDir" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "${APP}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\${APP}.exe"
  WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\Uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\Uninstall.exe" /S'
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  WriteRegDWORD HKCU "${UNINSTALL}" "EstimatedSize" "$0"
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
SectionEnd

Section "un.$(TheProgram)"
  SectionIn RO
  Call un.CloseRunning
  Delete "$SMPROGRAMS\${APP}.lnk"
  Delete "$DESKTOP\${APP}.lnk"
  RMDir /r "$INSTDIR\program"
  Delete "$INSTDIR\${APP}.exe"
  Delete "$INSTDIR\stallhand-cli.exe"
  Delete "$INSTDIR\Uninstall.exe"
  RMDir "$INSTDIR" ; stays if anything else lies there
  DeleteRegKey HKCU "${UNINSTALL}"
  DeleteRegKey HKCU "${SETTINGS}"
SectionEnd

Section /o "un.$(DeleteData)" DeleteDataSection
  RMDir /r "${DATA}"
SectionEnd

!insertmacro MUI_UNFUNCTION_DESCRIPTION_BEGIN
  !insertmacro MUI_DESCRIPTION_TEXT ${DeleteDataSection} "$(DeleteDataAbout)"
!insertmacro MUI_UNFUNCTION_DESCRIPTION_END

Function un.onInit
  !insertmacro MUI_UNGETLANGUAGE
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/DELETEDATA" $1
  ${IfNot} ${Errors}
    SectionGetFlags ${DeleteDataSection} $2
    IntOp $2 $2 | 1 ; SF_SELECTED
    SectionSetFlags ${DeleteDataSection} $2
  ${EndIf}
FunctionEnd
